import type { CallContext } from "@berth/contract";
import type { BreakerState } from "../calls/breaker.ts";
import type { CallOptions } from "../calls/call.ts";
import type { CallMetricsSnapshot } from "../calls/call-metrics.ts";
import type { Answer, Endpoint, EndpointParts } from "../calls/endpoint.ts";
import type { Outcome } from "../calls/outcome.ts";
import type { CallPolicy } from "../calls/policy.ts";
import type { CallScope } from "./call-scope.ts";
import type { Span, SpanAttributes, Tracer } from "./span.ts";
import { TracedCall } from "./traced-call.ts";

/** How the calls of an endpoint are traced. */
export interface CallTracing<I> {
  tracer: Tracer;
  scope: CallScope;
  /** What spans say of each call; their name, where it is not the endpoint's. Must be quick and never throw. */
  describe?: (input: I) => { name?: string; attributes?: SpanAttributes };
}

/** A call on its way, with the span it is done in. */
interface Traced<I> {
  input: I;
  span: Span;
}

/**
 * An endpoint whose calls are spans: from the call to its end, with the waits between. The one inside is composed as without tracing; a
 * host that does not trace has no such step.
 */
export class TracedEndpoint<I, R> implements Endpoint<I, R> {
  readonly name: string;
  readonly #inner: Endpoint<Traced<I>, R>;
  readonly #tracing: CallTracing<I>;

  constructor(
    parts: EndpointParts<I, R>,
    tracing: CallTracing<I>,
    compose: (parts: EndpointParts<Traced<I>, R>) => Endpoint<Traced<I>, R>,
  ) {
    this.name = parts.name;
    this.#tracing = tracing;
    this.#inner = compose(tracedParts(parts, tracing.scope));
  }

  get policy(): CallPolicy {
    return this.#inner.policy;
  }

  get breakerState(): BreakerState {
    return this.#inner.breakerState;
  }

  get metrics(): CallMetricsSnapshot {
    return this.#inner.metrics;
  }

  async call(input: I, options?: CallOptions): Promise<R> {
    const span = this.#begin(input, options);
    try {
      const answer = await this.#inner.call({ input, span }, options);
      span.end();
      return answer;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  async run(input: I, options?: CallOptions): Promise<Outcome<Answer<R>>> {
    const span = this.#begin(input, options);
    const outcome = await this.#inner.run({ input, span }, options);
    if (span.isRecording) span.set({ "berth.outcome": outcome.kind, "berth.attempts": outcome.attempts });
    span.end(outcome.kind === "failed" || outcome.kind === "cached" ? outcome.error : undefined);
    return outcome;
  }

  #begin(input: I, options: CallOptions | undefined): Span {
    const { tracer, describe } = this.#tracing;
    const about = describe?.(input);
    return tracer.begin(about?.name ?? this.name, {
      attributes: {
        "berth.caller": options?.caller ?? "host",
        "berth.correlation_id": options?.correlationId,
        ...about?.attributes,
      },
    });
  }
}

/** What is given to the endpoint inside: it hands the span along with the input, and everything outside it sees the input alone. */
function tracedParts<I, R>(parts: EndpointParts<I, R>, scope: CallScope): EndpointParts<Traced<I>, R> {
  const { invoke, permit, cache, tracing: _tracing, ...others } = parts;
  return {
    ...others,
    invoke: ({ input, span }, call) => invokeTraced(invoke, input, span, call, scope),
    ...(permit ? { permit: (caller: string, { input }: Traced<I>) => permit(caller, input) } : {}),
    ...(cache
      ? {
          cache: {
            read: ({ input }: Traced<I>) => cache.read(input),
            write: ({ input }: Traced<I>, answer: Parameters<typeof cache.write>[1]) => cache.write(input, answer),
          },
        }
      : {}),
  };
}

function invokeTraced<I, R>(
  invoke: (input: I, context: CallContext) => R | Promise<R>,
  input: I,
  span: Span,
  call: CallContext,
  scope: CallScope,
): R | Promise<R> {
  if (call.attempt > 1) span.event("retry", { "berth.attempt": call.attempt });
  else if (span.isRecording) span.set({ "berth.correlation_id": call.correlationId });
  const traced = new TracedCall(call, span);
  // Not where the call was made: it may have waited for a place that another one freed.
  return scope.run(traced, () => invoke(input, traced));
}
