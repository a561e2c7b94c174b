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

/** The statuses that send a client elsewhere. */
export const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
