import { hrTimeToIso, hrTimeToMs } from "./hr-time.ts";
import type { SpanSink } from "./span-sink.ts";

const KINDS = ["internal", "server", "client", "producer", "consumer"];
const STATUSES = ["unset", "ok", "error"];

/** One line of JSON for each span, for looking at them without a collector. */
export function createConsoleSink(write: (line: string) => void): SpanSink {
  return {
    name: "standard error",
    send: async (spans) => {
      for (const span of spans) {
        const { traceId, spanId } = span.spanContext();
        const line = {
          span: span.name,
          traceId,
          spanId,
          parentSpanId: span.parentSpanContext?.spanId,
          kind: KINDS[span.kind],
          start: hrTimeToIso(span.startTime),
          durationMs: hrTimeToMs(span.duration),
          status: STATUSES[span.status.code],
          error: span.status.message,
          attributes: span.attributes,
          events:
            span.events.length === 0 ? undefined : span.events.map(({ name, attributes }) => ({ name, attributes })),
        };
        write(`${JSON.stringify(line)}\n`);
      }
    },
    close: async () => undefined,
  };
}
