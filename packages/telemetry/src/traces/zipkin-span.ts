import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { hrTimeToUs } from "./hr-time.ts";

/** A span as Zipkin's version 2 has it. */
export interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  name: string;
  kind?: "CLIENT" | "SERVER" | "PRODUCER" | "CONSUMER";
  /** Microseconds since 1970. */
  timestamp: number;
  /** Microseconds, at least 1. */
  duration: number;
  localEndpoint: { serviceName: string };
  remoteEndpoint?: { serviceName: string };
  annotations?: { timestamp: number; value: string }[];
  /** Texts alone: Zipkin takes nothing else. */
  tags: Record<string, string>;
}

const KINDS: Readonly<Record<SpanKind, ZipkinSpan["kind"]>> = {
  [SpanKind.INTERNAL]: undefined,
  [SpanKind.CLIENT]: "CLIENT",
  [SpanKind.SERVER]: "SERVER",
  [SpanKind.PRODUCER]: "PRODUCER",
  [SpanKind.CONSUMER]: "CONSUMER",
};

/** As OpenTelemetry's specification of the Zipkin exporter has it: status and resource become tags, events annotations. */
export function toZipkinSpan(span: ReadableSpan, serviceName: string): ZipkinSpan {
  const { traceId, spanId } = span.spanContext();
  const kind = KINDS[span.kind];
  const parentId = span.parentSpanContext?.spanId;
  const peer = span.attributes["server.address"];
  const annotations = span.events.map(({ name, time }) => ({ timestamp: hrTimeToUs(time), value: name }));
  return {
    traceId,
    id: spanId,
    ...(parentId === undefined ? {} : { parentId }),
    name: span.name,
    ...(kind === undefined ? {} : { kind }),
    timestamp: hrTimeToUs(span.startTime),
    duration: Math.max(1, hrTimeToUs(span.duration)),
    localEndpoint: { serviceName },
    ...(kind === "CLIENT" && typeof peer === "string" ? { remoteEndpoint: { serviceName: peer } } : {}),
    ...(annotations.length === 0 ? {} : { annotations }),
    tags: tagsOf(span),
  };
}

function tagsOf({ attributes, resource, instrumentationScope, status }: ReadableSpan): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [name, value] of [...Object.entries(attributes), ...Object.entries(resource.attributes)]) {
    if (value !== undefined && value !== null) tags[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  tags["otel.scope.name"] = instrumentationScope.name;
  if (status.code !== SpanStatusCode.UNSET) tags["otel.status_code"] = SpanStatusCode[status.code]!;
  if (status.code === SpanStatusCode.ERROR) tags["error"] = status.message ?? "";
  return tags;
}
