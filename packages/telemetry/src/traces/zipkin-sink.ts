import type { SpanSink } from "./span-sink.ts";
import type { TraceSettings } from "./trace-settings.ts";
import { toZipkinSpan } from "./zipkin-span.ts";

/** Sends spans to Zipkin, or to whatever takes its format. */
export function createZipkinSink({ endpoint, headers, serviceName }: TraceSettings): SpanSink {
  return {
    name: `Zipkin at ${endpoint}`,
    send: async (spans, signal) => {
      const answer = await fetch(endpoint, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(spans.map((span) => toZipkinSpan(span, serviceName))),
        redirect: "error",
        signal,
      });
      // It has nothing to say; but a body that nobody takes would hold its connection.
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`it answered with status ${answer.status}`);
    },
    close: async () => undefined,
  };
}
