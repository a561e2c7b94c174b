import {
  formatHostPattern,
  type HostPattern,
  intersectHostPatterns,
  matchesHost,
  parseHostPattern,
} from "./host-pattern.ts";
import type { RequestTarget } from "./request-target.ts";

/**
 * One entry of `permissions.secrets`: `TOKEN`, which the plugin may read, or `TOKEN -> api.example.org, *.example.net:8443`, which it
 * never sees: the host puts it into the headers of requests to those hosts.
 */
export interface SecretEntry {
  readonly name: string;
  /** Where it may be sent to; absent for one that may be read. */
  readonly hosts?: readonly HostPattern[] | undefined;
}

const NAME = /^[^\s,<>"]{1,200}$/;

/** Reads an entry; `undefined` when it is none. */
export function parseSecretEntry(text: string): SecretEntry | undefined {
  const [name = "", list, ...more] = text.split("->").map((part) => part.trim());
  if (!NAME.test(name) || more.length > 0) return undefined;
  if (list === undefined) return { name };
  const hosts = list.split(",").map((host) => parseHostPattern(host.trim()));
  return hosts.every((host) => host !== undefined) ? { name, hosts } : undefined;
}

/** The one text an entry is written as. */
export function formatSecretEntry({ name, hosts }: SecretEntry): string {
  return hosts === undefined ? name : `${name} -> ${hosts.map(formatHostPattern).join(", ")}`;
}

/** What both entries allow, and no more; `undefined` when that is nothing. */
export function intersectSecretEntries(a: SecretEntry, b: SecretEntry): SecretEntry | undefined {
  if (a.name !== b.name) return undefined;
  if (a.hosts === undefined || b.hosts === undefined) return { name: a.name, hosts: a.hosts ?? b.hosts };
  const both = a.hosts.flatMap((left) => b.hosts!.map((right) => intersectHostPatterns(left, right)));
  const texts = new Set(both.filter((host) => host !== undefined).map(formatHostPattern));
  return texts.size === 0 ? undefined : { name: a.name, hosts: [...texts].map((host) => parseHostPattern(host)!) };
}

/** Whether the secret may be sent to `target`; one that may be read goes wherever the plugin may go. */
export function isSecretFor({ hosts }: SecretEntry, target: RequestTarget): boolean {
  return hosts === undefined || hosts.some((pattern) => matchesHost(pattern, target.host, target.port));
}
