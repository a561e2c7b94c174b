import { ManualClock } from "@berth/base";
import type { CallContext } from "@berth/contract";
import { expect, test } from "vitest";
import type { LimitEvent } from "../runner.ts";
import { CallGate, type CallLimits } from "./call-gate.ts";

const contextOf = (signal = new AbortController().signal): CallContext => ({
  signal,
  deadline: Infinity,
  attempt: 1,
  caller: "test",
  permissions: [],
  correlationId: "c",
});
const openGate = (limits: CallLimits, clock: ManualClock, told: LimitEvent[] = []): CallGate =>
  new CallGate({ plugin: "probe", limits, clock, onLimit: (event) => told.push(event) });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("CallGate lets limits.concurrency calls in, the others in the order they came", async () => {
  const gate = openGate({ concurrency: 2, callTimeoutMs: undefined }, new ManualClock());
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const calls = gates.map(({ promise }, i) =>
    gate.run(contextOf(), async () => {
      begun.push(i);
      await promise;
      return i;
    }),
  );
  await turn();
  expect(begun).toEqual([0, 1]);
  gates[1]!.resolve();
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of gates) resolve();
  expect(await Promise.all(calls)).toEqual([0, 1, 2, 3]);
});

test("CallGate lets a waiting call go when its caller gives up, and its place in the queue with it", async () => {
  const gate = openGate({ concurrency: 1, callTimeoutMs: undefined }, new ManualClock());
  const first = Promise.withResolvers<string>();
  const running = gate.run(contextOf(), () => first.promise);
  const controller = new AbortController();
  const waiting = gate.run(contextOf(controller.signal), async () => "never");
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  const next = gate.run(contextOf(), async () => "next");
  first.resolve("first");
  expect(await Promise.all([running, next])).toEqual(["first", "next"]);
});

test("CallGate ends a call at limits.call_timeout_ms, tells its signal, and leaves no timer", async () => {
  const clock = new ManualClock();
  const limitsHit: LimitEvent[] = [];
  const gate = openGate({ concurrency: 1, callTimeoutMs: 2_000 }, clock, limitsHit);
  let told: unknown;
  const hanging = gate.run(contextOf(), ({ signal, deadline }) => {
    expect(deadline).toBe(2_000);
    signal.addEventListener("abort", () => {
      told = signal.reason;
    });
    return new Promise<never>(() => undefined);
  });
  const refused = expect(hanging).rejects.toMatchObject({
    code: "CALL_DEADLINE_EXCEEDED",
    message: 'Plugin "probe" did not answer within 2 s (limits.call_timeout_ms)',
  });
  await clock.advance(2_000);
  await refused;
  expect(told).toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
  expect(limitsHit).toEqual([{ limit: "call_timeout_ms", allowed: 2_000, used: 2_000, action: "refused" }]);
  expect(await gate.run(contextOf(), async () => "the place is free again")).toBe("the place is free again");
  expect(clock.pendingTimers).toBe(0);
});

test("CallGate refuses when too many wait, and tells of those that wait and those it refuses", async () => {
  const told: LimitEvent[] = [];
  const gate = openGate({ concurrency: 1, callTimeoutMs: undefined }, new ManualClock(), told);
  const first = Promise.withResolvers<void>();
  const calls = Array.from({ length: 11_001 }, () => gate.run(contextOf(), () => first.promise));
  await expect(gate.run(contextOf(), () => first.promise)).rejects.toMatchObject({ code: "CALL_CONCURRENCY_EXCEEDED" });
  expect(told.slice(0, 1)).toEqual([{ limit: "concurrency", allowed: 1, used: 2, action: "slowed" }]);
  expect(told.slice(11_000)).toEqual([{ limit: "concurrency", allowed: 1, used: 11_002, action: "refused" }]);
  first.resolve();
  await Promise.all(calls);
});
