import type { Permissions } from "@berth/contract";

/** Permissions that code may need for what it does by itself. */
export type PermissionName = "network" | "filesystem" | "exec";

/** Whether a manifest asks for a permission at all; what of it is granted is another matter. */
export function asksFor(permissions: Permissions, name: PermissionName): boolean {
  const asked = permissions[name];
  if (asked === undefined || asked === false || asked === "none") return false;
  return Array.isArray(asked) ? asked.length > 0 : true;
}
