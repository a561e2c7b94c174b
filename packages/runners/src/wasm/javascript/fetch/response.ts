import { Body, type BodySource } from "./body.ts";
import { type HeadersSource, OwnHeaders } from "./headers.ts";

/** What can be said of an answer. */
export interface ResponseOptions {
  status?: number;
  statusText?: string;
  headers?: HeadersSource;
}

/** Statuses whose answers have no body. */
const NO_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** `Response`. */
export class OwnResponse extends Body {
  readonly status: number;
  readonly statusText: string;
  readonly headers: OwnHeaders;
  readonly type = "default";
  readonly redirected = false;
  readonly url: string = "";

  constructor(body: BodySource | OwnResponse = null, options: ResponseOptions = {}) {
    const { status = 200, statusText = "" } = options;
    const headers = new OwnHeaders(options.headers ?? {});
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      if (status !== 101 && status !== 103) throw new RangeError(`The status ${status} is none of an answer`);
    }
    if (body !== null && NO_BODY.has(status)) throw new TypeError(`Response with status ${status} cannot have body`);
    super(body, headers);
    this.status = status;
    this.statusText = statusText;
    this.headers = headers;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  clone(): OwnResponse {
    if (this.bodyUsed) throw new TypeError("Response.clone: Body has already been consumed.");
    const { status, statusText, headers, url } = this;
    const copy = new OwnResponse(this.body === null ? null : this, { status, statusText, headers });
    Object.defineProperty(copy, "url", { value: url });
    return copy;
  }

  static json(value: unknown, options: ResponseOptions = {}): OwnResponse {
    const headers = new OwnHeaders(options.headers ?? {});
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new OwnResponse(JSON.stringify(value), { ...options, headers });
  }
}
