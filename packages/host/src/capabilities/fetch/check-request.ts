import type { FetchRequest } from "@berth/contract";
import { malformed, overLimit, quoted } from "../capability-errors.ts";

const LONGEST_URL = 16_384;
const MOST_HEADERS = 100;
const MOST_HEADER_BYTES = 32_768;
const MOST_BODY_BYTES = 16 * 1_048_576;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/;
const METHOD = /^[A-Za-z-]{1,20}$/;
// Latin-1 without controls: no line break can end the header early, no character can lose its upper byte.
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** CONNECT makes a tunnel, TRACE and TRACK send credentials back to whoever asks. */
const REFUSED_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Headers that decide where a message ends, who receives it or how the connection is used; the host sets them. */
const REFUSED_HEADERS = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/** A checked request, or what about it the host refuses to send. */
export type CheckedRequest = { request: FetchRequest; url: URL } | { refused: string };

/**
 * A copy of a request of a plugin, each part read once and proved to be what its type says.
 *
 * @throws HostError `CONTRACT_BROKEN` for what is no request at all, `LIMIT_EXCEEDED` for one that is too large.
 */
export function checkRequest(asked: FetchRequest): CheckedRequest {
  const url = checkUrl(asked.url);
  const method = checkMethod(asked.method);
  if (REFUSED_METHODS.has(method)) return { refused: `the method ${method}` };
  const body = checkBody(asked.body, method);
  const headers: [string, string][] = [];
  for (const [name, value] of checkHeaders(asked.headers)) {
    if (REFUSED_HEADERS.has(name) || name.startsWith("proxy-")) return { refused: `the header ${name}` };
    if (name !== "content-length") headers.push([name, value]);
    else if (Number(value) !== (body?.length ?? 0))
      throw malformed("Cannot fetch: content-length is not that of the body");
  }
  const { redirect } = asked;
  if (redirect !== "follow" && redirect !== "error" && redirect !== "manual") {
    throw malformed(`Cannot fetch: redirect must be follow, error or manual, not ${quoted(String(redirect))}`);
  }
  return { url, request: { url: url.href, method, headers, redirect, ...(body === undefined ? {} : { body }) } };
}

function checkUrl(text: unknown): URL {
  if (typeof text !== "string") throw malformed("Cannot fetch: the address must be text");
  if (text.length > LONGEST_URL) throw overLimit(`Cannot fetch: the address is longer than ${LONGEST_URL} characters`);
  const url = URL.parse(text);
  if (!url) throw malformed(`Cannot fetch ${quoted(text)}: it is no absolute address`);
  url.hash = "";
  return url;
}

function checkMethod(method: unknown): string {
  if (typeof method !== "string" || !METHOD.test(method)) throw malformed("Cannot fetch: the method is not a word");
  return method.toUpperCase();
}

function checkBody(body: unknown, method: string): Uint8Array | undefined {
  if (body === undefined) return undefined;
  if (!(body instanceof Uint8Array)) throw malformed("Cannot fetch: the body must be bytes");
  if (method === "GET" || method === "HEAD") throw malformed(`Cannot fetch: a ${method} request has no body`);
  const copy = new Uint8Array(body);
  if (copy.length > MOST_BODY_BYTES) throw overLimit(`Cannot fetch: the body is larger than ${MOST_BODY_BYTES} bytes`);
  return copy;
}

function checkHeaders(headers: unknown): [string, string][] {
  if (!Array.isArray(headers)) throw malformed("Cannot fetch: headers must be a list of names and values");
  if (headers.length > MOST_HEADERS) throw overLimit(`Cannot fetch: there are more than ${MOST_HEADERS} headers`);
  const copy = headers.map((header: unknown): [string, string] => {
    const [name, value] = Array.isArray(header) ? (header as unknown[]) : [];
    if (typeof name !== "string" || !TOKEN.test(name)) throw malformed("Cannot fetch: a header's name is not a word");
    if (typeof value !== "string" || !HEADER_VALUE.test(value)) {
      throw malformed(`Cannot fetch: the value of header ${name} holds a line break or a character beyond Latin-1`);
    }
    return [name.toLowerCase(), value];
  });
  const bytes = copy.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (bytes > MOST_HEADER_BYTES)
    throw overLimit(`Cannot fetch: the headers are larger than ${MOST_HEADER_BYTES} bytes`);
  return copy;
}
