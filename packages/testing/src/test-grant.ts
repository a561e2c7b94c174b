import { resolve } from "node:path";
import type { Manifest } from "@berth/contract";

/** What a plugin under test may do: the same words as its manifest, resolved. */
export interface TestGrant {
  /** Hosts with port, `api.example.org` or `127.0.0.1:8080`. */
  network: readonly string[];
  /** Absolute folders. */
  read: readonly string[];
  exec: readonly string[];
  services: readonly string[];
}

/** Exactly what a manifest asks for, `config:FIELD` resolved: a test of a plugin is then a test of its permissions too. */
export function grantFromManifest({ permissions }: Manifest, config: Record<string, unknown>): TestGrant {
  const { network, filesystem, exec = [], services = [] } = permissions;
  const hosts = Array.isArray(network) ? network : [];
  const folders = typeof filesystem === "object" ? (filesystem.read ?? []) : [];
  return {
    network: hosts.flatMap((host) => resolveReference(host, config, (value) => URL.parse(value)?.host)),
    read: folders.flatMap((folder) => resolveReference(folder, config, (value) => resolve(value))),
    exec,
    services,
  };
}

const REFERENCE = "config:";

function resolveReference(
  entry: string,
  config: Record<string, unknown>,
  toValue: (text: string) => string | undefined,
): string[] {
  if (!entry.startsWith(REFERENCE)) return [entry];
  return [config[entry.slice(REFERENCE.length)]]
    .flat()
    .map((given) => (typeof given === "string" ? toValue(given) : undefined))
    .filter((value) => value !== undefined);
}
