import { ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { composeEndpoint, DeadlineWheel, type EndpointParts } from "../calls/index.ts";
import { CallScope } from "./call-scope.ts";
import type { Span, SpanAttributes, Tracer } from "./span.ts";

interface Noted {
  name: string;
  parent: string | undefined;
  attributes: Record<string, unknown>;
  events: string[];
  ended: unknown[];
}

/** Notes spans instead of sending them. */
function noting(scope: CallScope): { tracer: Tracer; spans: Noted[] } {
  const spans: Noted[] = [];
  const begin: Tracer["begin"] = (name, { attributes = {} } = {}) => {
    const noted: Noted = { name, parent: scope.span?.spanId, attributes: { ...attributes }, events: [], ended: [] };
    const spanId = String(spans.push(noted));
    const span: Span = {
      traceId: "t",
      spanId,
      traceparent: `00-t-${spanId}-01`,
      isRecording: true,
      set: (more: SpanAttributes) => void Object.assign(noted.attributes, more),
      event: (event) => void noted.events.push(event),
      end: (error) => void noted.ended.push(error),
    };
    return span;
  };
  return { tracer: { begin, run: (name, options, work) => work(begin(name, options)) }, spans };
}

function compose<R>(parts: Partial<EndpointParts<string, R>> & Pick<EndpointParts<string, R>, "invoke">) {
  const clock = new ManualClock(0);
  const scope = new CallScope();
  const { tracer, spans } = noting(scope);
  const endpoint = composeEndpoint<string, R>({
    name: "source/x",
    clock,
    wheel: new DeadlineWheel(clock),
    tracing: { tracer, scope },
    ...parts,
  });
  return { endpoint, spans, scope, clock };
}

describe("an endpoint that traces", () => {
  test("makes one span of a call, and hands it to the callee [SIG-120, SIG-129]", async () => {
    const { endpoint, spans, scope } = compose<string>({
      invoke: async (_input, call): Promise<string> => {
        await Promise.resolve();
        return `${call.traceparent} ${scope.span?.spanId}`;
      },
    });
    expect(await endpoint.call("a", { caller: "app/test", correlationId: "run-1" })).toBe("00-t-1-01 1");
    expect(spans).toEqual([
      {
        name: "source/x",
        parent: undefined,
        attributes: { "berth.caller": "app/test", "berth.correlation_id": "run-1" },
        events: [],
        ended: [undefined],
      },
    ]);
    expect(scope.current).toBeUndefined();
  });

  test("is described by its input, and a child of what called it", async () => {
    const scope = new CallScope();
    const { tracer, spans } = noting(scope);
    const describe = (input: string) => ({ name: `call ${input}`, attributes: { input } });
    const { endpoint } = compose<string>({
      invoke: async (input): Promise<string> => (input === "outer" ? endpoint.call("inner") : input),
      tracing: { tracer, scope, describe },
    });
    await endpoint.call("outer");
    expect(spans).toMatchObject([
      { name: "call outer", parent: undefined, attributes: { input: "outer" } },
      { name: "call inner", parent: "1" },
    ]);
  });

  test("keeps the calls of different callers apart, also when one waits for the other's place", async () => {
    const gate = Promise.withResolvers<void>();
    const { endpoint, scope } = compose<string>({
      policy: { concurrency: { maxInFlight: 1, maxQueued: 10 } },
      invoke: async (input): Promise<string> => {
        if (input === "a") await gate.promise;
        return `${input}${scope.span?.spanId}`;
      },
    });
    const answers = Promise.all(["a", "b", "c"].map((input) => endpoint.call(input)));
    gate.resolve();
    expect(await answers).toEqual(["a1", "b2", "c3"]);
  });

  test("says how an outcome came about: attempts, retries, what failed [SIG-123]", async () => {
    let attempts = 0;
    const { endpoint, spans, clock } = compose<string>({
      policy: { retry: { maxAttempts: 2, waitsMs: [0] } },
      invoke: () => {
        if (++attempts === 1) throw new HostError("CAPABILITY_FAILED", "no answer");
        return "there";
      },
    });
    const running = endpoint.run("a");
    await clock.advance(1);
    expect(await running).toMatchObject({ kind: "fresh", attempts: 2 });
    expect(spans).toMatchObject([
      { attributes: { "berth.outcome": "fresh", "berth.attempts": 2 }, events: ["retry"], ended: [undefined] },
    ]);
  });

  test("ends its span with what the call failed by", async () => {
    const error = new HostError("CONFIG_INVALID", "never");
    const { endpoint, spans } = compose<string>({ invoke: () => Promise.reject(error) });
    await expect(endpoint.call("a")).rejects.toThrow("never");
    await endpoint.run("a");
    expect(spans.map(({ ended }) => (ended[0] as HostError).code)).toEqual(["CONFIG_INVALID", "CONFIG_INVALID"]);
  });
});

test("an endpoint that nobody traces is the same as without all this [SIG-131]", async () => {
  const clock = new ManualClock(0);
  const parts = { name: "x", clock, wheel: new DeadlineWheel(clock), invoke: () => "there" };
  const [without, absent] = [composeEndpoint(parts), composeEndpoint({ ...parts, tracing: undefined })];
  expect(Object.keys(without)).toEqual(Object.keys(absent));
  expect(Object.hasOwn(absent, "call")).toBe(false);
});
