import type { Limits, Manifest } from "@berth/contract";
import {
  type GrantBase,
  intersectEntries,
  type PermissionName,
  type SpeltOut,
  spellOut,
} from "@berth/kernel/permissions";

/** The kinds of permission, in the order they are shown. */
export const PERMISSIONS = [
  "network",
  "filesystem.read",
  "filesystem.write",
  "exec",
  "secrets",
  "env",
  "services",
  "events.publish",
  "events.subscribe",
  "may",
] as const satisfies readonly PermissionName[];

/** What one version of a plugin asks, in the one form in which asks are stored and compared. */
export interface Ask {
  /** Each list sorted, without repetitions, entries as the kernel writes them; folders absolute. */
  permissions: SpeltOut;
  /** As in the manifest; what it leaves out has its default. */
  limits: Limits;
  /** The system calls it names; absent when it names none, so that all that its tier allows are open to it. */
  systemCalls?: readonly string[] | undefined;
}

/** What the manifest asks, seen from the folder where the host works. */
export function askOf(manifest: Pick<Manifest, "permissions" | "limits">, base: Pick<GrantBase, "workingFolder">): Ask {
  const { system_calls: systemCalls, ...permissions } = manifest.permissions;
  return {
    permissions: canonical(spellOut(permissions, base)),
    limits: definedOnly(manifest.limits),
    ...(systemCalls === undefined ? {} : { systemCalls: [...new Set(systemCalls)].sort() }),
  };
}

/** The lists in their one form. Entries that mean nothing grant nothing, and are left out. */
export function canonical(lists: SpeltOut): SpeltOut {
  return mapPermissions((permission) => {
    const entries = lists[permission].map((entry) => intersectEntries(permission, entry, entry));
    return [...new Set(entries.filter((entry) => entry !== undefined))].sort();
  });
}

/** A list for each kind of permission. */
export function mapPermissions(listOf: (permission: PermissionName) => readonly string[]): SpeltOut {
  return Object.fromEntries(PERMISSIONS.map((permission) => [permission, listOf(permission)])) as unknown as SpeltOut;
}

/** Whether it asks for no permission at all; limits have defaults and do not count. */
export function asksNothing({ permissions }: Pick<Ask, "permissions">): boolean {
  return PERMISSIONS.every((permission) => permissions[permission].length === 0);
}

function definedOnly(limits: Limits): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
