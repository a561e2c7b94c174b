import { canonicalHost } from "./host-pattern.ts";
import { NO_PORT, parseUnixSocket } from "./unix-socket.ts";

/** The host and port a URL leads to. */
export interface RequestTarget {
  /** In canonical spelling; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Where a request to `url` goes; `undefined` unless the scheme is http or https and there is no user name in it (which makes one
 * host look like another).
 */
export function requestTarget(url: URL, { isUserAllowed = false } = {}): RequestTarget | undefined {
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (!isUserAllowed && (url.username !== "" || url.password !== "")) return undefined;
  const host = canonicalHost(url.hostname);
  if (host === undefined) return undefined;
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return port === 0 ? undefined : { host, port };
}

/** Where a connection to `host` (a name, an address, an IPv6 one with or without brackets, or a socket with port 0) goes; `undefined` for what is none. */
export function connectionTarget(host: string, port: number): RequestTarget | undefined {
  const socket = port === NO_PORT ? parseUnixSocket(host) : undefined;
  if (socket !== undefined) return { host: socket, port };
  const canonical = canonicalHost(host);
  return canonical !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535
    ? { host: canonical, port }
    : undefined;
}
