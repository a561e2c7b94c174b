import type { ReadableSpan } from "@opentelemetry/sdk-trace";

/** Where finished spans go. */
export interface SpanSink {
  /** For the log: `OTLP at http://localhost:4318/v1/traces`. */
  readonly name: string;
  /** Rejects when they were not taken. */
  send(spans: readonly ReadableSpan[], signal: AbortSignal): Promise<void>;
  /** Nothing is sent any more. */
  close(): Promise<void>;
}
