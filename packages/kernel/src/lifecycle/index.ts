export { CapabilityPool, type MakeCapabilities, type OwnedCapabilities } from "./capability-pool.ts";
export { Generation, type GenerationLimits, type GenerationOptions } from "./generation.ts";
export { Lifecycle, type LifecycleMove } from "./lifecycle.ts";
export { ManagedInstance, type ManagedInstanceOptions } from "./managed-instance.ts";
export { ManagedPlugin, type ManagedPluginOptions } from "./managed-plugin.ts";
export type { PreparedRun } from "./prepared-run.ts";
