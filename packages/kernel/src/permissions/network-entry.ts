import { formatHostPattern, type HostPattern, intersectHostPatterns, parseHostPattern } from "./host-pattern.ts";
import { NO_PORT, parseUnixSocket } from "./unix-socket.ts";
import { formatPathPattern, intersectPathPatterns, parsePathPattern, type PathPattern } from "./path-pattern.ts";

/**
 * One entry of `permissions.network`: `api.example.org`, a socket (`unix:/var/run/docker.sock`), or only some requests to it: `GET,POST api.example.org:8443/v1/*`. What
 * names methods or a path is about HTTP requests the host makes; a connection whose bytes it does not read is not allowed by it.
 */
export interface NetworkEntry {
  readonly hosts: HostPattern;
  /** In capitals, sorted; absent for all. */
  readonly methods?: readonly string[] | undefined;
  /** Absent for all. */
  readonly path?: PathPattern | undefined;
}

const FORM = /^(?:([A-Za-z-]+(?:,[A-Za-z-]+)*) +)?([^\s/]+)(\/\S*)?$/;

/** Reads an entry; `undefined` when it is none. */
export function parseNetworkEntry(text: string): NetworkEntry | undefined {
  const socket = parseUnixSocket(text);
  if (socket !== undefined) return { hosts: { host: socket, port: NO_PORT } };
  const [, words, host, path] = FORM.exec(text) ?? [];
  const hosts = host === undefined ? undefined : parseHostPattern(host);
  if (!hosts) return undefined;
  const methods = words === undefined ? undefined : [...new Set(words.toUpperCase().split(","))].sort();
  if (path === undefined) return { hosts, methods };
  const pattern = parsePathPattern(path);
  return pattern && { hosts, methods, path: isEveryPath(pattern) ? undefined : pattern };
}

/** The one text an entry is written as. */
export function formatNetworkEntry({ hosts, methods, path }: NetworkEntry): string {
  const place = formatHostPattern(hosts) + (path === undefined ? "" : formatPathPattern(path));
  return methods === undefined ? place : `${methods.join(",")} ${place}`;
}

/** What both entries allow; `undefined` when that is nothing. `hosts` decides about the hosts of the two. */
export function intersectNetworkEntries(
  a: NetworkEntry,
  b: NetworkEntry,
  intersectHosts: typeof intersectHostPatterns = intersectHostPatterns,
): NetworkEntry | undefined {
  const hosts = intersectHosts(a.hosts, b.hosts);
  if (!hosts) return undefined;
  const methods = a.methods && b.methods ? a.methods.filter((method) => b.methods!.includes(method)) : undefined;
  if (methods?.length === 0) return undefined;
  const path = a.path && b.path ? intersectPathPatterns(a.path, b.path) : (a.path ?? b.path);
  if (path === undefined && a.path && b.path) return undefined;
  return { hosts, methods: methods ?? a.methods ?? b.methods, path };
}

function isEveryPath(pattern: PathPattern): boolean {
  return pattern.length === 1 && pattern[0] === "*";
}
