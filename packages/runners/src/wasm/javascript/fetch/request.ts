import { OwnAbortController, type OwnAbortSignal } from "../abort.ts";
import { OwnURL } from "../url/own-url.ts";
import { Body, type BodySource } from "./body.ts";
import { type HeadersSource, OwnHeaders } from "./headers.ts";

/** What can be said of a request; of what a browser knows beside it nothing means anything here. */
export interface RequestOptions {
  method?: string;
  headers?: HeadersSource;
  body?: BodySource;
  redirect?: "follow" | "error" | "manual";
  signal?: OwnAbortSignal | null;
}

/** Methods that are written in capitals, however they are given. */
const STANDARD = /^(?:delete|get|head|options|post|put)$/i;

/** `Request`. */
export class OwnRequest extends Body {
  readonly url: string;
  readonly method: string;
  readonly headers: OwnHeaders;
  readonly redirect: "follow" | "error" | "manual";
  readonly signal: OwnAbortSignal;

  constructor(input: string | OwnURL | OwnRequest, options: RequestOptions = {}) {
    const from = input instanceof OwnRequest ? input : undefined;
    const headers = new OwnHeaders(options.headers ?? from?.headers ?? {});
    const method = options.method ?? from?.method ?? "GET";
    const body = options.body ?? undefined;
    const isBodiless = /^(?:get|head)$/i.test(method);
    if (isBodiless && body !== undefined) throw new TypeError("Request with GET/HEAD method cannot have body.");
    super(body ?? from ?? null, headers);
    this.url = from ? from.url : addressOf(typeof input === "string" ? input : (input as OwnURL).href);
    this.method = STANDARD.test(method) ? method.toUpperCase() : method;
    this.headers = headers;
    this.redirect = options.redirect ?? from?.redirect ?? "follow";
    this.signal = options.signal ?? from?.signal ?? new OwnAbortController().signal;
  }

  clone(): OwnRequest {
    return new OwnRequest(this);
  }
}

function addressOf(input: string): string {
  const url = OwnURL.parse(input);
  if (!url) throw new TypeError(`Failed to parse URL from ${input}`);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${input}`);
  }
  return url.href;
}
