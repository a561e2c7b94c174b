import type { CallContext } from "@berth/contract";
import type { CallOptions } from "../calls/call.ts";
import type { Endpoint, EndpointParts } from "../calls/endpoint-parts.ts";
import type { CallScope, Doing } from "./call-scope.ts";
import type { Span, SpanAttributes, Tracer } from "./span.ts";

/** How the calls of an endpoint are traced. */
export interface CallTracing<I> {
  tracer: Tracer;
  scope: CallScope;
  /** What spans say of each call; their name, where it is not the endpoint's. Must be quick and never throw. */
  describe?: (input: I) => { name?: string; attributes?: SpanAttributes };
}

/** The callee as part of the span its call is done in. Not where the call was made: it may have waited for a place that another freed. */
export function invokeInSpan<I, R>({ scope }: CallTracing<I>, invoke: EndpointParts<I, R>["invoke"]): typeof invoke {
  return (input, call) => {
    const { span } = call as CallContext & Doing;
    if (call.attempt > 1) span?.event("retry", { "berth.attempt": call.attempt });
    else if (span?.isRecording) span.set({ "berth.correlation_id": call.correlationId });
    return scope.run(call, () => invoke(input, call));
  };
}

/**
 * The same endpoint, whose calls are spans: from the call to its end, with the waits between. In a host that does not trace there is no
 * such step.
 */
export function traceCalls<I, R>(endpoint: Endpoint<I, R>, tracing: CallTracing<I>): Endpoint<I, R> {
  const call = endpoint.call.bind(endpoint);
  const run = endpoint.run.bind(endpoint);
  const begin = (input: I, options: CallOptions | undefined): Span => beginSpan(endpoint.name, tracing, input, options);
  endpoint.call = async (input, options) => {
    const span = begin(input, options);
    try {
      const answer = await call(input, { ...options, span });
      span.end();
      return answer;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
  endpoint.run = async (input, options) => {
    const span = begin(input, options);
    const outcome = await run(input, { ...options, span });
    if (span.isRecording) span.set({ "berth.outcome": outcome.kind, "berth.attempts": outcome.attempts });
    span.end("error" in outcome ? outcome.error : undefined);
    return outcome;
  };
  return endpoint;
}

function beginSpan<I>(
  endpoint: string,
  { tracer, describe }: CallTracing<I>,
  input: I,
  options: CallOptions | undefined,
): Span {
  const { name = endpoint, attributes } = describe?.(input) ?? {};
  return tracer.begin(name, { attributes: { "berth.caller": options?.caller ?? "host", ...attributes } });
}
