import { isIP } from "node:net";

/** Where a server listens. */
export interface ListenAddress {
  /** An IP address, or `localhost`. */
  host: string;
  /** 0: any that is free. */
  port: number;
}

/** Nothing but this machine, unless an address is named. */
const LOOPBACK = "127.0.0.1";

/**
 * Reads `ADDRESS:PORT`, `[IPV6]:PORT`, `:PORT` or `PORT`; `undefined` when it is none of these.
 *
 * @example
 * parseListenAddress(":9464"); // { host: "127.0.0.1", port: 9464 }
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const found = /^(?:(?:\[(?<six>[^\]]*)\]|(?<host>[^:[\]]*)):)?(?<port>\d{1,5})$/.exec(text);
  if (!found) return undefined;
  const { six, host, port: digits } = found.groups as { six?: string; host?: string; port: string };
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (six !== undefined) return isIP(six) === 6 ? { host: six, port } : undefined;
  const named = host === undefined || host === "" ? LOOPBACK : host;
  return isIP(named) === 4 || named === "localhost" ? { host: named, port } : undefined;
}

/** An address as it is written in a URL. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
