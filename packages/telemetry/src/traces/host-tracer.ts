import { errorMessage } from "@berth/base";
import { isHostError } from "@berth/contract";
import type { CallScope, Span, SpanAttributes, SpanKind, SpanOptions, Tracer } from "@berth/kernel/tracing";
import {
  type Context,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  trace,
  type Tracer as OtelTracer,
} from "@opentelemetry/api";

const KINDS: Readonly<Record<SpanKind, OtelSpanKind>> = {
  internal: OtelSpanKind.INTERNAL,
  client: OtelSpanKind.CLIENT,
  server: OtelSpanKind.SERVER,
  producer: OtelSpanKind.PRODUCER,
  consumer: OtelSpanKind.CONSUMER,
};
const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 1_000;

/**
 * Spans by OpenTelemetry. Whose child a span is comes from the host's own {@link CallScope}, not from OpenTelemetry's global context: two
 * hosts in one process have nothing in common.
 */
export class HostTracer implements Tracer {
  readonly #tracer: OtelTracer;
  readonly #scope: CallScope;

  constructor(tracer: OtelTracer, scope: CallScope) {
    this.#tracer = tracer;
    this.#scope = scope;
  }

  begin(name: string, { kind = "internal", attributes, startedAt }: SpanOptions = {}): Span {
    const parent = this.#scope.span;
    const options = {
      kind: KINDS[kind],
      ...(attributes ? { attributes } : {}),
      ...(startedAt === undefined ? {} : { startTime: startedAt }),
    };
    const context = parent instanceof HostSpan ? parent.context : ROOT_CONTEXT;
    return new HostSpan(this.#tracer.startSpan(name.slice(0, LONGEST_NAME), options, context));
  }

  async run<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    const span = this.begin(name, options);
    const outer = this.#scope.current;
    const correlationId = outer?.correlationId;
    try {
      const result = await this.#scope.run({ span, ...(correlationId === undefined ? {} : { correlationId }) }, () =>
        work(span),
      );
      span.end();
      return result;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }
}

class HostSpan implements Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly isRecording: boolean;
  readonly #span: OtelSpan;
  #context: Context | undefined;
  #traceparent: string | undefined;

  constructor(span: OtelSpan) {
    const { traceId, spanId } = span.spanContext();
    this.#span = span;
    this.traceId = traceId;
    this.spanId = spanId;
    this.isRecording = span.isRecording();
  }

  /** For the spans below it; most have none. */
  get context(): Context {
    return (this.#context ??= trace.setSpan(ROOT_CONTEXT, this.#span));
  }

  get traceparent(): string {
    this.#traceparent ??= `00-${this.traceId}-${this.spanId}-0${this.isRecording ? 1 : 0}`;
    return this.#traceparent;
  }

  set(attributes: SpanAttributes): void {
    if (this.isRecording) this.#span.setAttributes(attributes);
  }

  event(name: string, attributes: SpanAttributes = {}): void {
    if (this.isRecording) this.#span.addEvent(name, attributes);
  }

  end(error?: unknown): void {
    if (error !== undefined && this.isRecording) {
      const message = errorMessage(error).slice(0, LONGEST_MESSAGE);
      this.#span.setAttributes({ "error.type": typeOf(error), "error.message": message });
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
    }
    this.#span.end();
  }
}

function typeOf(error: unknown): string {
  if (isHostError(error)) return error.code;
  return error instanceof Error ? error.name : "_OTHER";
}
