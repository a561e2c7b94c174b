import type { Manifest, Tier } from "@berth/contract";

type Demand = "limits.memory_mb" | "limits.cpu_percent" | "permissions.system_calls";

/**
 * What a tier cannot hold by its nature, whatever the machine offers. A worker's heap limit leaves buffers and WebAssembly
 * memory out; a WebAssembly engine makes no system calls but has no share of a core either.
 */
const NOT_HELD: Record<Tier, readonly Demand[]> = {
  inline: ["limits.memory_mb", "limits.cpu_percent", "permissions.system_calls"],
  worker: ["limits.memory_mb", "limits.cpu_percent", "permissions.system_calls"],
  process: [],
  wasm: ["limits.cpu_percent"],
};

/**
 * The demands of a manifest that `tier` cannot hold, by name. The host refuses to load such a plugin unless the operator
 * accepted each by that name: a limit nobody enforces must not look like one.
 */
export function unenforceable(manifest: Pick<Manifest, "limits" | "permissions">, tier: Tier): string[] {
  const demanded: Record<Demand, boolean> = {
    "limits.memory_mb": manifest.limits.memory_mb !== undefined,
    "limits.cpu_percent": manifest.limits.cpu_percent !== undefined,
    "permissions.system_calls": manifest.permissions.system_calls !== undefined,
  };
  return NOT_HELD[tier].filter((demand) => demanded[demand]);
}
