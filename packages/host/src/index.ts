export type { HealthSnapshot, HostHealth, HostPhase } from "./health/index.ts";
export { createHost } from "./create-host.ts";
export { firstPartyRoot } from "./first-party.ts";
export type { Host, HostOptions, InstanceOptions } from "./host.ts";
export {
  createJsonSink,
  createTextSink,
  type Log,
  type LogRecord,
  type LogSink,
  Masker,
  type PluginLogLevel,
} from "./log/index.ts";
export type { InspectionReport } from "./inspection/plugin-inspections.ts";
export { makeDataFolder } from "./make-data-folder.ts";
export { dependentsOf } from "./plugins/dependents.ts";
export type { PluginDirectory, PluginTrouble } from "./plugins/plugin-directory.ts";
export type { PluginSwitches, SwitchReport } from "./plugins/switches.ts";
export type { HostUsage, PluginUsage, UsageHistoryRow, UsageSampler, UsageSnapshot } from "./usage/index.ts";
export { endProcess } from "./shutdown/end-process.ts";
export type { HookPoint } from "./calls/hook-points.ts";
export type { EndpointOptions, OpenedEndpoint } from "./calls/plugin-endpoint.ts";
export { HOST_VERSION } from "./version.ts";
export type { ManagedInstance, ManagedPlugin } from "@berth/kernel/lifecycle";
export type { Root } from "@berth/kernel/discovery";
export type { KeptGeneration, ReloadOptions, Reloads } from "./reload/reloads.ts";
