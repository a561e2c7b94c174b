import { type Clock, neutraliseLine } from "@berth/base";
import type { CallScope, Tracer } from "@berth/kernel/tracing";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TracerProvider,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import { createConsoleSink } from "./console-sink.ts";
import { HostTracer } from "./host-tracer.ts";
import { createOtlpSink } from "./otlp-sink.ts";
import { type SpanCounts, SpanQueue } from "./span-queue.ts";
import type { SpanSink } from "./span-sink.ts";
import type { TraceSettings } from "./trace-settings.ts";
import { createZipkinSink } from "./zipkin-sink.ts";

/** What {@link openTracing} needs of the host. */
export interface TracingOptions {
  settings: TraceSettings;
  scope: CallScope;
  clock: Clock;
  hostVersion: string;
  /** Takes secrets out of what is sent. */
  mask: (text: string) => string;
  log: (level: "info" | "warn", message: string) => void;
  /** Where the exporter `console` writes. */
  write: (line: string) => void;
}

/** Spans of a host, on their way out. Disposing it sends what waits, within three seconds. */
export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
  readonly counts: SpanCounts;
  /** Sends what waits. */
  flush(): Promise<void>;
}

const CLOSE_LIMIT_MS = 3_000; // what a stop may take is 5 s, and plugins want some of it
const LONGEST_TEXT = 1_000;
const LIMITS = { attributeCountLimit: 64, attributeValueLengthLimit: 4 * LONGEST_TEXT, eventCountLimit: 32 };

/** Begins to trace. Nothing of OpenTelemetry's is made global, so it ends with what is returned. */
export function openTracing(options: TracingOptions): Tracing {
  const { settings, scope, clock, hostVersion, mask, log } = options;
  // Masked before it is neutralised and cut: both could break a secret into pieces that no longer look like it.
  const clean = (text: string): string => neutraliseLine(mask(text), LONGEST_TEXT);
  const queue = new SpanQueue({ ...settings, sink: sinkFor(options), clock, clean, log });
  const provider = new TracerProvider({
    sampler: samplerFor(settings),
    spanProcessors: [queue],
    spanLimits: LIMITS,
    resource: resourceFromAttributes({
      "service.name": settings.serviceName,
      "service.version": hostVersion,
      "process.pid": process.pid,
      "process.runtime.name": "nodejs",
      "process.runtime.version": process.versions.node,
      ...settings.resource,
    }),
  });
  return {
    tracer: new HostTracer(provider.getTracer("berth", hostVersion), scope),
    get counts() {
      return queue.counts;
    },
    flush: () => queue.forceFlush(),
    [Symbol.asyncDispose]: () => queue.close(CLOSE_LIMIT_MS),
  };
}

function sinkFor({ settings, write }: TracingOptions): SpanSink {
  if (settings.exporter === "console") return createConsoleSink(write);
  return settings.exporter === "zipkin" ? createZipkinSink(settings) : createOtlpSink(settings);
}

/** A trace is kept whole or not at all: what is below a span does as it does. */
function samplerFor({ sampleRatio, isParentBased }: TraceSettings): Sampler {
  const root = sampleRatio === 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(sampleRatio);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}
