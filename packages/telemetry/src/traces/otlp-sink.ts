import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { SpanSink } from "./span-sink.ts";
import type { TraceSettings } from "./trace-settings.ts";

/** What an export came to; the package that names these is not one of ours. */
const SUCCESS = 0;

/** Sends spans by OTLP over HTTP, as JSON. What the collector may take later is tried again within the time. */
export function createOtlpSink({ endpoint, headers, timeoutMs }: TraceSettings): SpanSink {
  const exporter = new OTLPTraceExporter({ url: endpoint, headers: { ...headers }, timeoutMillis: timeoutMs });
  return {
    name: `OTLP at ${endpoint}`,
    send: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export([...spans], ({ code, error }) => {
          const outcome: number = code;
          if (outcome === SUCCESS) resolve();
          else reject(error ?? new Error("it did not take them"));
        });
      }),
    close: () => exporter.shutdown(),
  };
}
