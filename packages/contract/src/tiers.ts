/**
 * How a plugin is run. Only `process` (where the system provides the parts) and `wasm` are sandboxes; `worker` isolates faults,
 * `inline` promises nothing but error handling.
 */
export const TIERS = ["inline", "worker", "process", "wasm"] as const;

/** One of {@link TIERS}. */
export type Tier = (typeof TIERS)[number];
