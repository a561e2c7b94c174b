import { HostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Declined } from "./declined.ts";
import { endpointRig } from "../../test/endpoint-rig.ts";

type Step =
  | { do: "call"; withSignal: boolean; deadlineMs: number | undefined }
  | { do: "answer" | "fail" | "refuse" | "decline" | "cancel"; pick: number }
  | { do: "wait"; ms: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("call" as const),
      withSignal: fc.boolean(),
      deadlineMs: fc.option(fc.integer({ min: -10, max: 3_000 }), { nil: undefined }),
    }),
    fc.record({
      do: fc.constantFrom("answer" as const, "fail" as const, "refuse" as const, "decline" as const, "cancel" as const),
      pick: fc.nat(20),
    }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 50, 400, 1_000, 70_000) }),
  ),
  { minLength: 5, maxLength: 40 },
);

/** Runs the steps against an endpoint with small limits, and gives what came of each call. */
async function play(sequence: Step[]) {
  const policy = {
    deadlineMs: 500,
    graceMs: 300,
    retry: { maxAttempts: 3, waitsMs: [100, 200] },
    breaker: { failureThreshold: 2 },
    concurrency: { maxInFlight: 3, maxQueued: 2 },
  };
  const overruns: unknown[] = [];
  const rig = endpointRig({ policy, hooks: { onOverrun: (call) => void overruns.push(call) } });
  const callers: AbortController[] = [];
  const settled: number[] = [];
  let mostInFlight = 0;
  for (const step of sequence) {
    if (step.do === "wait") await rig.clock.advance(step.ms);
    else if (step.do === "call") {
      const index = settled.push(0) - 1;
      const caller = new AbortController();
      callers.push(caller);
      const count = (): void => void settled[index]!++;
      const deadline = step.deadlineMs === undefined ? {} : { deadline: rig.clock.now() + step.deadlineMs };
      void rig.endpoint
        .call("x", { ...deadline, ...(step.withSignal ? { signal: caller.signal } : {}) })
        .then(count, count);
    } else if (step.do === "cancel") callers[step.pick % callers.length]?.abort();
    else {
      const arrival = rig.arrivals[step.pick % rig.arrivals.length];
      if (step.do === "answer") arrival?.answer("sunny");
      else if (step.do === "decline") arrival?.answer(new Declined());
      else arrival?.fail(step.do === "fail" ? new Error("down") : new HostError("PERMISSION_DENIED", "no"));
    }
    await rig.clock.advance(0);
    mostInFlight = Math.max(mostInFlight, rig.endpoint.metrics.inFlight);
  }
  return { ...rig, settled, mostInFlight, overruns };
}

describe("Endpoint under any order of events", () => {
  test("settles every call exactly once, counts every ending, keeps its limits and leaves nothing [SIG-92]", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { endpoint, clock, wheel, arrivals, settled, mostInFlight, overruns } = await play(sequence);
        await clock.advance(600_000);
        expect(settled).toEqual(settled.map(() => 1));
        const { calls, successes, failures, declined, cancelled, ...rest } = endpoint.metrics;
        expect(calls).toBe(settled.length);
        expect(successes + failures + declined + cancelled).toBe(calls);
        expect(mostInFlight).toBeLessThanOrEqual(3);
        expect(rest).toMatchObject({ inFlight: 0, queued: 0, overruns: overruns.length });
        expect(arrivals.length).toBeLessThanOrEqual(calls * 3);
        expect({ timers: clock.pendingTimers, entries: wheel.size }).toEqual({ timers: 0, entries: 0 });
      }),
      { numRuns: 150 },
    );
  });
});
