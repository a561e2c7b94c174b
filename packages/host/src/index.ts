export { createHost, type Host, type HostOptions, type InstanceOptions } from "./create-host.ts";
export { firstPartyRoot } from "./first-party.ts";
export { createJsonSink, createTextSink, type Log, type LogRecord, type LogSink, Masker } from "./log/index.ts";
export type { PluginDirectory, PluginTrouble } from "./plugins/plugin-directory.ts";
export type { PluginSwitches, SwitchReport } from "./plugins/switches.ts";
export type { KeptGeneration, ReloadOptions, Reloads } from "./reload/reloads.ts";
export { HOST_VERSION } from "./version.ts";
export type { ManagedInstance, ManagedPlugin } from "@berth/kernel/lifecycle";
export type { Root } from "@berth/kernel/discovery";
