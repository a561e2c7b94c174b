export { CapabilityPool, type MakeCapabilities, type OwnedCapabilities } from "./capability-pool.ts";
export type { EndPace } from "./end-pace.ts";
export type { Hold, HoldOptions } from "./holds.ts";
export { Generation, type GenerationLimits, type GenerationOptions } from "./generation.ts";
export { Lifecycle, type LifecycleMove } from "./lifecycle.ts";
export { ManagedInstance, type ManagedInstanceOptions } from "./managed-instance.ts";
export {
  type Guardian,
  ManagedPlugin,
  type ManagedPluginOptions,
  type Overseer,
  type PluginEnd,
} from "./managed-plugin.ts";
export { openGeneration } from "./open-generation.ts";
export { type PluginCode, providedBy } from "./plugin-code.ts";
export type { PreparedRun } from "./prepared-run.ts";
