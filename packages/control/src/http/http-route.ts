/** What was asked, checked as far as HTTP goes. */
export interface RouteRequest {
  /** As it was asked, without the query. */
  path: string;
  query: URLSearchParams;
  /** What the client would like to have; absent: anything. */
  accept?: string;
  /** Fires when the client is gone, or its answer would come too late. */
  signal: AbortSignal;
}

/** What is answered. */
export interface RouteAnswer {
  status: number;
  /** Of the content, as `text/plain; charset=utf-8`. */
  type: string;
  body: string | Uint8Array;
}

/** One thing that can be read over HTTP. It must change nothing, and be cheap: whoever reaches the address may ask it all day. */
export interface HttpRoute {
  /** Beginning with `/`, without a query; compared as a whole. */
  path: string;
  /** A rejection is told as status 500, without its text. */
  handle(request: RouteRequest): Promise<RouteAnswer>;
}

/** The type of plain text. */
export const TEXT = "text/plain; charset=utf-8";

/** The type of JSON. */
export const JSON_TYPE = "application/json; charset=utf-8";
