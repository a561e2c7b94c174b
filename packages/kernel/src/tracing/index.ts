export { CallScope, type Doing } from "./call-scope.ts";
export type { Span, SpanAttributes, SpanKind, SpanOptions, Tracer } from "./span.ts";
export type { CallTracing } from "./traced-endpoint.ts";
