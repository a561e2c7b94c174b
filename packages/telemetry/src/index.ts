export { openTracing, type Tracing, type TracingOptions } from "./traces/open-tracing.ts";
export { type ResolvedTraces, resolveTraceSettings, type TraceSources } from "./traces/resolve-settings.ts";
export type { SpanCounts } from "./traces/span-queue.ts";
export type { TraceExporter, TraceSettings } from "./traces/trace-settings.ts";
