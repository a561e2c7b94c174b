/**
 * How a plugin is run. Only `process` (where the system provides the parts) and `wasm` are sandboxes; `worker` isolates faults,
 * `inline` promises nothing but error handling.
 */
export const TIERS = ["inline", "worker", "process", "wasm"] as const;

/** One of {@link TIERS}. */
export type Tier = (typeof TIERS)[number];

/** What kind of thing a plugin's code is: the manifest's `runtime.type`. */
export type RuntimeType = "node" | "wasm" | "external";

/** Which tiers can run code of which {@link RuntimeType}; a manifest whose `isolation` is not among them is refused. */
export const RUNTIME_TIERS: Readonly<Record<RuntimeType, readonly Tier[]>> = {
  node: ["inline", "worker", "process"],
  wasm: ["wasm"],
  external: ["process"],
};

/** The tiers that a plugin's folder has code for: those of its type, and `wasm` if it ships a component beside that. */
export function tiersFor({ type, wasm }: { type: RuntimeType; wasm?: unknown }): readonly Tier[] {
  const tiers = RUNTIME_TIERS[type];
  return wasm === undefined || tiers.includes("wasm") ? tiers : [...tiers, "wasm"];
}
