import type { CallContext } from "../call-context.ts";

/** A request as handlers and middleware see it. */
export interface HttpRequest {
  method: string;
  path: string;
  params: Record<string, string>;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** An answer. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Answers a request. */
export interface HandlerInstance {
  handle(request: HttpRequest, call: CallContext): HttpResponse | Promise<HttpResponse>;
  dispose?(): void | Promise<void>;
}

/** Surrounds a request: `before` may answer in the handler's place, `after` may change the answer. */
export interface MiddlewareInstance {
  before?(request: HttpRequest, call: CallContext): HttpRequest | HttpResponse | Promise<HttpRequest | HttpResponse>;
  after?(request: HttpRequest, response: HttpResponse, call: CallContext): HttpResponse | Promise<HttpResponse>;
  dispose?(): void | Promise<void>;
}
