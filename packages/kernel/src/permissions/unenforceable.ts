import type { Limits, Manifest, Tier } from "@berth/contract";

/** Limits of what a plugin does by itself; those of what the host does for it (`store_mb`) are held in every tier. */
const OWN_DOING = [
  "memory_mb",
  "cpu_percent",
  "disk_io_mb_per_sec",
  "file_handles",
  "file_size_mb",
  "processes",
  "unresponsive_after_ms",
  "kill_unresponsive_after_ms",
] as const satisfies readonly (keyof Limits)[];

type Demand = `limits.${(typeof OWN_DOING)[number]}` | "permissions.system_calls";

/**
 * What a tier cannot hold by its nature, whatever the machine offers. Code in the host's own process opens files and starts
 * programs past the host; a WebAssembly engine can do neither, but has no share of a core.
 */
const NOT_HELD: Record<Tier, readonly Demand[]> = {
  inline: [...OWN_DOING.map((limit) => `limits.${limit}` as const), "permissions.system_calls"],
  worker: [
    "limits.cpu_percent",
    "limits.disk_io_mb_per_sec",
    "limits.file_handles",
    "limits.file_size_mb",
    "limits.processes",
    "permissions.system_calls",
  ],
  process: [],
  wasm: ["limits.cpu_percent"],
};

/**
 * The demands of a manifest that `tier` cannot hold, by name. The host refuses to load such a plugin unless the operator
 * accepted each by that name: a limit nobody enforces must not look like one.
 */
export function unenforceable(manifest: Pick<Manifest, "limits" | "permissions">, tier: Tier): string[] {
  return NOT_HELD[tier].filter((demand) => demandsOf(manifest).has(demand));
}

/** The limits of its own doing that were set, and the filter of system calls, by name: each needs something that holds it. */
export function demandsOf({ limits, permissions }: Pick<Manifest, "limits" | "permissions">): ReadonlySet<string> {
  const demands = OWN_DOING.filter((limit) => limits[limit] !== undefined).map((limit) => `limits.${limit}`);
  return new Set(permissions.system_calls === undefined ? demands : [...demands, "permissions.system_calls"]);
}
