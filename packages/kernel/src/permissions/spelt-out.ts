import { resolve } from "node:path";
import type { Permissions } from "@berth/contract";

/**
 * What the operator allows one plugin, in the words of the manifest's `[permissions]`. What is left out is not allowed; what the
 * plugin did not ask for stays without effect.
 */
export type OperatorGrant = Omit<Permissions, "system_calls">;

/** The folders that relative paths and `read-only` mean. Absolute. */
export interface GrantBase {
  workingFolder: string;
  dataFolder: string;
  codeFolder: string;
}

/** The kinds of permission, as a report names them. */
export type PermissionName =
  | "network"
  | "filesystem.read"
  | "filesystem.write"
  | "exec"
  | "secrets"
  | "env"
  | "services"
  | "events.publish"
  | "events.subscribe"
  | "may";

/** Permissions as lists of entries; folders absolute and normalised. */
export type SpeltOut = Record<PermissionName, readonly string[]>;

/** How an entry begins that the configuration of an instance fills in. */
export const CONFIG_PREFIX = "config:";

/** Whether the configuration of an instance says what the entry means. */
export function isConfigEntry(entry: string): boolean {
  return entry.startsWith(CONFIG_PREFIX);
}

/** Turns switches, modes and relative paths into entries. */
export function spellOut(permissions: OperatorGrant, base: Pick<GrantBase, "workingFolder">): SpeltOut {
  const { network, filesystem } = permissions;
  const folders = spellOutFolders(filesystem, base.workingFolder);
  return {
    network: typeof network === "object" ? network : network === true ? ["*"] : [],
    "filesystem.read": folders.read,
    "filesystem.write": folders.write,
    exec: permissions.exec ?? [],
    secrets: permissions.secrets ?? [],
    env: permissions.env ?? [],
    services: permissions.services ?? [],
    "events.publish": permissions.events?.publish ?? [],
    "events.subscribe": permissions.events?.subscribe ?? [],
    may: permissions.may ?? [],
  };
}

function spellOutFolders(asked: Permissions["filesystem"], workingFolder: string): { read: string[]; write: string[] } {
  const absolute = (path: string): string => (path.startsWith(CONFIG_PREFIX) ? path : resolve(workingFolder, path));
  if (asked === undefined || asked === "none") return { read: [], write: [] };
  if (asked === "read-only") return { read: [workingFolder], write: [] };
  if (asked === "read-write") return { read: [workingFolder], write: [workingFolder] };
  return { read: (asked.read ?? []).map(absolute), write: (asked.write ?? []).map(absolute) };
}
