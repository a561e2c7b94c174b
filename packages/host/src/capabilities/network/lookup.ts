/** One address of a name. */
export interface ResolvedAddress {
  address: string;
  family: number;
}

/** All addresses of a name; rejects when there are none. */
export type Lookup = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Asks the operating system, as any other program would. */
export const systemLookup: Lookup = (host) => process.getBuiltinModule("node:dns").promises.lookup(host, { all: true });
