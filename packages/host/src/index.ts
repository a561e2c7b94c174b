export { createHost, type Host, type HostOptions, type InstanceOptions } from "./create-host.ts";
export { firstPartyRoot } from "./first-party.ts";
export { createJsonSink, createTextSink, type Log, type LogRecord, type LogSink, Masker } from "./log/index.ts";
export type { PluginDirectory, PluginTrouble } from "./plugins/plugin-directory.ts";
export type { ManagedInstance, ManagedPlugin } from "@berth/kernel/lifecycle";
export type { Root } from "@berth/kernel/discovery";
