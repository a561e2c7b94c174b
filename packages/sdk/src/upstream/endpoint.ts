import type { PluginContext } from "../context/plugin-context.ts";
import { configError } from "../config-error.ts";

/** What {@link parseEndpoint} is told. */
export interface EndpointOptions {
  /** The field's name, for the message. */
  field: string;
  /** Whether a key is sent there: then it must not travel in the clear. */
  carriesKey: boolean;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The base address of a service as the operator gave it, without the slash at its end.
 *
 * @throws HostError `CONFIG_INVALID` naming plugin and field.
 *
 * @example
 * parseEndpoint(ctx, "https://api.example.org/", { field: "endpoint", carriesKey: true }); // "https://api.example.org"
 */
export function parseEndpoint(ctx: PluginContext, given: string, { field, carriesKey }: EndpointOptions): string {
  const url = URL.parse(given);
  if (!url || !/^https?:$/.test(url.protocol))
    throw configError(ctx, field, "must be an address such as https://api.example.org");
  if (url.username || url.password || url.search || url.hash) {
    throw configError(ctx, field, "must be the plain address of the service, without user, query or fragment");
  }
  if (carriesKey && url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    throw configError(ctx, field, "must start with https, since the key is sent there");
  }
  return url.href.replace(/\/+$/, "");
}

/**
 * An address with a query; what is `undefined` is left out.
 *
 * @example
 * withQuery("https://api.example.org/v1", { q: "São Paulo", n: 3 }).href; // "https://api.example.org/v1?q=S%C3%A3o+Paulo&n=3"
 */
export function withQuery(address: string, query: Record<string, string | number | undefined>): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}
