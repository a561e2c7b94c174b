import { ManualClock } from "@berth/base";
import { isHostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { Breaker, type BreakerPolicy, type BreakerState } from "./breaker.ts";
import { DEFAULT_POLICY } from "./policy.ts";

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 1);
/** One probe decides, and only failures in a row count. */
const SIMPLE: BreakerPolicy = { ...DEFAULT_POLICY.breaker, errorRate: Infinity, probes: 1, successesToClose: 1 };

function setUp(
  failureThreshold = 1,
  policy = SIMPLE,
): { clock: ManualClock; breaker: Breaker; changes: BreakerState[] } {
  const clock = new ManualClock(START);
  const changes: BreakerState[] = [];
  const breaker = new Breaker("source/weather", { ...policy, failureThreshold }, clock, (state) => changes.push(state));
  return { clock, breaker, changes };
}

function refusal(breaker: Breaker): { code: string; message: string; details: unknown } | undefined {
  try {
    breaker.check();
    return undefined;
  } catch (error) {
    if (!isHostError(error)) throw error;
    return { code: error.code, message: error.message, details: error.details };
  }
}

describe("Breaker", () => {
  test("opens after so many failed calls in a row, and a success between starts the count again [SIG-93] [SIG-109] [SIG-149]", () => {
    const { breaker } = setUp(3);
    breaker.failed(breaker.enter(), 0);
    breaker.failed(breaker.enter(), 0);
    breaker.succeeded(breaker.enter(), 0);
    breaker.failed(breaker.enter(), 0);
    breaker.failed(breaker.enter(), 0);
    expect(breaker.state).toEqual({ state: "closed", failures: 2, trips: 0, openUntil: 0 });
    breaker.failed(breaker.enter(), 0);
    expect(breaker.state).toEqual({ state: "open", failures: 3, trips: 1, openUntil: START + MINUTE_MS });
  });

  test("waits 1, 2, 4, 8, 16, 30 and again 30 minutes while probes fail [SIG-94] [SIG-149]", async () => {
    const { clock, breaker } = setUp();
    const waited: number[] = [];
    for (let trip = 0; trip < 8; trip++) {
      breaker.failed(breaker.enter(), 0);
      waited.push((breaker.state.openUntil - clock.now()) / MINUTE_MS);
      await clock.advance(breaker.state.openUntil - clock.now());
    }
    expect(waited).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  test("refuses while open, naming the time of the next probe [SIG-166]", async () => {
    const { clock, breaker } = setUp();
    breaker.failed(breaker.enter(), 0);
    await clock.advance(MINUTE_MS - 1);
    expect(refusal(breaker)).toEqual({
      code: "CALL_BREAKER_OPEN",
      message:
        "Did not call source/weather: it failed once in a row, the next call is let through at 2026-01-01T00:01:00.000Z",
      details: { failures: 1, nextProbeAt: START + MINUTE_MS },
    });
    expect(() => breaker.enter()).toThrow("Did not call");
  });

  test("lets exactly one probe through, and tells the others when the next could be", async () => {
    const { clock, breaker } = setUp();
    breaker.failed(breaker.enter(), 0);
    await clock.advance(MINUTE_MS);
    expect(refusal(breaker)).toBeUndefined();
    breaker.enter();
    expect(breaker.state.state).toBe("half-open");
    expect(refusal(breaker)).toEqual({
      code: "CALL_BREAKER_OPEN",
      message: expect.stringContaining(
        "one call is trying it right now; if that fails, the next is let through at 2026-01-01T00:03:00.000Z",
      ) as string,
      details: { failures: 1, nextProbeAt: START + 3 * MINUTE_MS },
    });
  });

  test("is closed by a probe that succeeds, and begins again with the first wait [SIG-95] [SIG-149]", async () => {
    const { clock, breaker } = setUp();
    breaker.failed(breaker.enter(), 0);
    await clock.advance(MINUTE_MS);
    breaker.failed(breaker.enter(), 0);
    await clock.advance(2 * MINUTE_MS);
    breaker.succeeded(breaker.enter(), 0);
    expect(breaker.state).toEqual({ state: "closed", failures: 0, trips: 0, openUntil: 0 });
    breaker.failed(breaker.enter(), 0);
    expect(breaker.state.openUntil - clock.now()).toBe(MINUTE_MS);
  });

  test("gives the place of a probe that was cancelled to the next call", async () => {
    const { clock, breaker } = setUp();
    breaker.failed(breaker.enter(), 0);
    await clock.advance(MINUTE_MS);
    breaker.undecided(breaker.enter());
    expect(breaker.state).toMatchObject({ state: "open", trips: 1 });
    breaker.succeeded(breaker.enter(), 0);
    expect(breaker.state.state).toBe("closed");
  });

  test("does not count calls that began before it opened", async () => {
    const { clock, breaker } = setUp();
    const tickets = [breaker.enter(), breaker.enter(), breaker.enter()];
    breaker.failed(tickets[0]!, 0);
    breaker.failed(tickets[1]!, 0);
    expect(breaker.state).toMatchObject({ trips: 1, failures: 1 });
    await clock.advance(MINUTE_MS);
    breaker.enter();
    breaker.succeeded(tickets[2]!, 0);
    expect(breaker.state.state).toBe("half-open");
  });

  test("announces every change and nothing else", async () => {
    const { clock, breaker, changes } = setUp(2);
    breaker.succeeded(breaker.enter(), 0);
    breaker.failed(breaker.enter(), 0);
    breaker.failed(breaker.enter(), 0);
    await clock.advance(MINUTE_MS);
    breaker.succeeded(breaker.enter(), 0);
    breaker.succeeded(breaker.enter(), 0);
    expect(changes.map(({ state, failures }) => `${state} ${failures}`)).toEqual([
      "closed 1",
      "open 2",
      "half-open 2",
      "closed 0",
    ]);
  });

  test("goes on after a restart where it was [SIG-93]", async () => {
    const before = setUp();
    before.breaker.failed(before.breaker.enter(), 0);
    await before.clock.advance(MINUTE_MS);
    before.breaker.failed(before.breaker.enter(), 0);
    const stored = JSON.parse(JSON.stringify(before.breaker.state)) as BreakerState;

    const after = setUp();
    after.clock.setWallClock(before.clock.now());
    after.breaker.restore(stored);
    expect(after.breaker.state).toEqual(stored);
    expect(refusal(after.breaker)?.details).toEqual({ failures: 2, nextProbeAt: START + 3 * MINUTE_MS });
  });

  test.each<[string, BreakerState, Partial<BreakerState>]>([
    [
      "a time two hours ahead, as after the clock was set back",
      { state: "open", failures: 9, trips: 9, openUntil: START + 120 * MINUTE_MS },
      { state: "open", openUntil: START + 30 * MINUTE_MS },
    ],
    [
      "a probe that was under way",
      { state: "half-open", failures: 1, trips: 1, openUntil: START - 1 },
      { state: "open", openUntil: START - 1 },
    ],
    [
      "numbers that are none",
      { state: "open", failures: -3, trips: Number.NaN, openUntil: Number.NaN },
      { state: "open", failures: 0, trips: 1, openUntil: 0 },
    ],
    ["a closed one", { state: "closed", failures: 2, trips: 0, openUntil: 99 }, { failures: 2, openUntil: 0 }],
  ])("takes up %s within its bounds", (_, stored, expected) => {
    const { breaker } = setUp();
    breaker.restore(stored);
    expect(breaker.state).toMatchObject(expected);
  });

  test("waits no longer than its wait when the wall clock is set back while it is open", async () => {
    const { clock, breaker } = setUp();
    breaker.failed(breaker.enter(), 0);
    clock.setWallClock(START - 24 * 60 * MINUTE_MS);
    expect(refusal(breaker)?.details).toMatchObject({ nextProbeAt: clock.now() + MINUTE_MS });
    await clock.advance(MINUTE_MS);
    expect(refusal(breaker)).toBeUndefined();
  });
});
