import { resolve } from "node:path";
import { nearest } from "@berth/base";
import { HostError } from "@berth/contract";
import { type Ask, mapPermissions, overlaps, type SurveyedPlugin } from "@berth/host/grants";
import { intersectEntries, type PermissionName, type SpeltOut } from "@berth/kernel/permissions";

/** The flags that name what is granted. */
export interface WantedFlags {
  all?: boolean;
  network?: string[];
  read?: string[];
  write?: string[];
  exec?: string[];
  secret?: string[];
  env?: string[];
  service?: string[];
  publish?: string[];
  subscribe?: string[];
  may?: string[];
}

const FLAG_OF = {
  network: "network",
  "filesystem.read": "read",
  "filesystem.write": "write",
  exec: "exec",
  secrets: "secret",
  env: "env",
  services: "service",
  "events.publish": "publish",
  "events.subscribe": "subscribe",
  may: "may",
} as const satisfies Record<PermissionName, keyof WantedFlags>;

/** What the flags name; `undefined` when they name nothing, so that somebody is to be asked. */
export function wantedGrant(
  { plugin, ask }: Pick<SurveyedPlugin, "plugin" | "ask">,
  flags: WantedFlags,
  workingFolder: string,
): SpeltOut | undefined {
  const hasLists = Object.values(FLAG_OF).some((flag) => flags[flag] !== undefined);
  if (flags.all && hasLists) {
    throw usage("Say --all, or what is granted one by one, and not both");
  }
  if (flags.all) return ask.permissions;
  if (!hasLists) return undefined;
  return mapPermissions((permission) =>
    (flags[FLAG_OF[permission]] ?? []).map((entry) =>
      checked(permission, entry, { name: plugin.name, ask, workingFolder }),
    ),
  );
}

/** An entry that means something and is a part of what is asked: anything else is a slip, and would be withheld in silence. */
function checked(
  permission: PermissionName,
  entry: string,
  { name, ask, workingFolder }: { name: string; ask: Ask; workingFolder: string },
): string {
  const flag = `--${FLAG_OF[permission]}`;
  const isFolder = permission.startsWith("filesystem.") && !entry.startsWith("config:");
  const written = isFolder ? resolve(workingFolder, entry) : entry;
  const canonical = intersectEntries(permission, written, written);
  const asked = ask.permissions[permission];
  if (canonical !== undefined && asked.some((one) => overlaps(permission, one, canonical))) return canonical;
  if (asked.length === 0) throw usage(`Cannot grant ${flag} "${entry}": ${name} asks for no ${permission}`);
  const meant = nearest(entry, asked);
  const hint = meant === undefined ? `it asks for ${asked.join(", ")}` : `did you mean "${meant}"?`;
  const why = canonical === undefined ? "it means nothing" : `${name} does not ask for it`;
  throw usage(`Cannot grant ${flag} "${entry}": ${why}; ${hint}`);
}

function usage(message: string): HostError {
  return new HostError("CONFIG_INVALID", message);
}
