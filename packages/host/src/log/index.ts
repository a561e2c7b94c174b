export { createJsonSink } from "./json-sink.ts";
export { createLog, type Log, type LogAbout, type LogOptions, type LogRecord, type LogSink } from "./log.ts";
export { LogLevels } from "./log-levels.ts";
export { LogRing, type LogRingLimits } from "./log-ring.ts";
export { Masker } from "./masker.ts";
export { type PluginLogLevel, PluginLogLevels } from "./plugin-log-levels.ts";
export { createTextSink, type TextStream } from "./text-sink.ts";
