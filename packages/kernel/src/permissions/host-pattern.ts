import { addressReach, parseAddress } from "./ip-address.ts";
import { isUnixSocket } from "./unix-socket.ts";

/**
 * One host a plugin may reach, or many: `api.example.org`, `*.example.org` (below it, not itself), `*` (any, except addresses of
 * this machine and its network), an address literal; with a port, or without one for 80 and 443.
 */
export interface HostPattern {
  /** `*`, `*.` and a name, or one host in canonical spelling; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** The ports a pattern without one stands for. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

/** What never belongs into a host: it would move the boundary of host, path, user or port for one of two parsers. */
const NOT_IN_A_HOST = /[\s/?#@\\%*<>^|]/;

/** Reads a pattern; `undefined` when it is none. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const parts = splitPort(text);
  if (!parts) return undefined;
  if (parts.host === "*") return { host: "*", port: parts.port };
  if (!parts.host.startsWith("*.")) {
    const host = canonicalHost(parts.host);
    return host === undefined ? undefined : { host, port: parts.port };
  }
  const below = canonicalHost(parts.host.slice(2));
  return below === undefined || parseAddress(below) ? undefined : { host: `*.${below}`, port: parts.port };
}

/** The text a pattern is written as. */
export function formatHostPattern({ host, port }: HostPattern): string {
  if (isUnixSocket(host)) return host;
  const text = host.includes(":") ? `[${host}]` : host;
  return port === undefined ? text : `${text}:${port}`;
}

/**
 * The one spelling of a host: lower case, punycode, no trailing dot, IPv4 in four decimal parts, IPv6 shortened and without
 * brackets, IPv4-mapped IPv6 as IPv4. Made by the same parser that reads the addresses of requests, so that the two agree.
 */
export function canonicalHost(text: string): string | undefined {
  if (text === "" || text.length > 1_000 || NOT_IN_A_HOST.test(text)) return undefined;
  const isBareIpv6 = text.includes(":") && !text.startsWith("[");
  const url = URL.parse(`http://${isBareIpv6 ? `[${text}]` : text}/`);
  if (!url || url.port !== "" || url.username !== "" || url.pathname !== "/") return undefined;
  if (!url.hostname.startsWith("[")) return canonicalName(url.hostname);
  const address = url.hostname.slice(1, -1);
  const bytes = parseAddress(address);
  return bytes?.length === 4 ? bytes.join(".") : address;
}

/** Whether `host` is this machine or an address of its network: reached only when named, never by a wildcard. */
export function isLocalHost(host: string): boolean {
  if (host === "localhost" || isUnixSocket(host)) return true;
  return parseAddress(host) !== undefined && addressReach(host) !== "public";
}

/** Whether a pattern fits a host in canonical spelling and a port. */
export function matchesHost(pattern: HostPattern, host: string, port: number): boolean {
  const isPortFit = pattern.port === undefined ? WEB_PORTS.has(port) : pattern.port === port;
  return isPortFit && coversHost(pattern.host, host);
}

/** What both patterns fit; `undefined` when that is nothing. */
export function intersectHostPatterns(a: HostPattern, b: HostPattern): HostPattern | undefined {
  const host = coversHost(a.host, b.host) ? b.host : coversHost(b.host, a.host) ? a.host : undefined;
  if (host === undefined) return undefined;
  if (a.port === b.port) return { host, port: a.port };
  if (a.port !== undefined && b.port !== undefined) return undefined;
  const port = (a.port ?? b.port)!;
  return WEB_PORTS.has(port) ? { host, port } : undefined;
}

/** Whether all hosts of `inner` (a host, or the host part of a pattern) are hosts of `outer`. */
function coversHost(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  if (isUnixSocket(inner)) return false;
  if (outer === "*") return !isLocalHost(inner);
  if (!outer.startsWith("*.")) return false;
  const name = inner.startsWith("*.") ? inner.slice(2) : inner;
  return name.endsWith(outer.slice(1)) && parseAddress(name) === undefined;
}

function canonicalName(hostname: string): string | undefined {
  const name = hostname.replace(/\.$/, "");
  const isName = name.length <= 253 && name.split(".").every((label) => label !== "" && label.length <= 63);
  return isName ? name : undefined;
}

function splitPort(text: string): HostPattern | undefined {
  const isBareIpv6 = !text.startsWith("[") && text.indexOf(":") !== text.lastIndexOf(":");
  if (isBareIpv6) return { host: text, port: undefined };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const port = match[2] === undefined ? undefined : Number(match[2]);
  return port === undefined || (port >= 1 && port <= 65_535) ? { host: match[1]!, port } : undefined;
}
