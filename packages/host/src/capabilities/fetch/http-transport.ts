import type { FetchRequest, FetchResponse } from "@berth/contract";
import type { Destination } from "@berth/kernel/permissions";

/**
 * Sends one request to a destination that was allowed and gives the answer whole: no redirect is followed, no cookie kept, the
 * body decoded and within its bound.
 */
export type HttpTransport = (
  request: FetchRequest,
  destination: Destination,
  signal: AbortSignal,
) => Promise<FetchResponse>;

/** One address of a name. */
export interface ResolvedAddress {
  address: string;
  family: number;
}

/** All addresses of a name; rejects when there are none. */
export type Lookup = (host: string) => Promise<readonly ResolvedAddress[]>;

/** The statuses that send a client elsewhere. */
export const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
