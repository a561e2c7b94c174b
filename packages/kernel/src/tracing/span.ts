/** Facts of a span. Text is neutralised and cut by whoever keeps spans; `undefined` is left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** As in OpenTelemetry: on whose side of a boundary the work is done. */
export type SpanKind = "internal" | "client" | "server" | "producer" | "consumer";

/** What is known when a span begins. */
export interface SpanOptions {
  /** Default `internal`. */
  kind?: SpanKind;
  attributes?: SpanAttributes;
  /** When it began, milliseconds since 1970, where that is not now. */
  startedAt?: number;
}

/** Work that takes its time, as traces show it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Both, as W3C Trace Context writes them for whoever is called. */
  readonly traceparent: string;
  /** False for one that is not sampled: attributes of it need not be made. */
  readonly isRecording: boolean;
  set(attributes: SpanAttributes): void;
  /** Something that happened meanwhile. */
  event(name: string, attributes?: SpanAttributes): void;
  /** Ends it, as failed where there is an `error`. The first end counts. */
  end(error?: unknown): void;
}

/**
 * Makes spans. There is none in a host that does not trace: whoever composes something leaves the step out then, so that it costs
 * nothing.
 */
export interface Tracer {
  /** A child of what {@link CallScope.current} is doing; else the first of a trace of its own. */
  begin(name: string, options?: SpanOptions): Span;
  /** Does `work` in a span of its own, and ends that with it. */
  run<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
}
