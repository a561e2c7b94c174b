import type { FetchRequest } from "@berth/contract";
import { holdsHandle } from "../secrets/secret-handles.ts";

/** What may follow to another origin: any other header may be a credential, whatever its name. */
const HARMLESS_HEADERS = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "content-language",
  "content-type",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "pragma",
  "range",
  "user-agent",
]);

/**
 * The request a redirect asks for, by the rules of the Fetch standard: 303 makes anything but HEAD a GET, 301 and 302 make a POST
 * one, 307 and 308 repeat it with its body. Stricter than the standard, only harmless headers go to another origin.
 */
export function redirectedRequest(request: FetchRequest, status: number, from: URL, to: URL): FetchRequest {
  const { method, redirect } = request;
  const becomesGet = status === 303 ? method !== "GET" && method !== "HEAD" : status < 303 && method === "POST";
  const headers = request.headers.filter(([name, value]) => {
    if (becomesGet && name.startsWith("content-")) return false;
    return from.origin === to.origin || (HARMLESS_HEADERS.has(name) && !holdsHandle(value));
  });
  if (becomesGet) return { url: to.href, method: "GET", headers, redirect };
  return { ...request, url: to.href, headers };
}
