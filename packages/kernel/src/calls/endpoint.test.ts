import { type Clock, systemClock } from "@berth/base";
import { type ErrorCode, HostError, isHostError } from "@berth/contract";
import { describe, expect, test, vi } from "vitest";
import type { BreakerState } from "./breaker.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import { Declined } from "./declined.ts";
import { endpointRig, RIG_START, scripted } from "../../test/endpoint-rig.ts";
import { NO_RETRY } from "./policy.ts";

const MINUTE_MS = 60_000;
const ONE_FAILURE_OPENS = { retry: NO_RETRY, breaker: { failureThreshold: 1 } };

async function errorOf(promise: Promise<unknown>): Promise<HostError> {
  const error: unknown = await promise.then(
    (value) => new Error(`It answered ${String(value)}`),
    (error: unknown) => error,
  );
  if (!isHostError(error)) throw error;
  return error;
}

/** A promise whose rejection the test reads later. */
function held<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("Endpoint.call", () => {
  test("gives the callee's answer and leaves nothing behind [SIG-92]", async () => {
    const { endpoint, clock, wheel, arrivals } = endpointRig();
    const answer = endpoint.call("Oslo");
    await clock.advance(200);
    arrivals[0]!.answer("sunny");
    expect(await answer).toBe("sunny");
    await turn();
    expect({ timers: clock.pendingTimers, entries: wheel.size }).toEqual({ timers: 0, entries: 0 });
    expect(endpoint.metrics).toMatchObject({ calls: 1, successes: 1, failures: 0, retries: 0, inFlight: 0 });
    expect(Math.abs(endpoint.metrics.p50Ms - 200)).toBeLessThan(7);
  });

  test("tells the callee attempt, caller, deadline and correlation id", async () => {
    const { endpoint, arrivals } = endpointRig();
    void endpoint.call("Oslo", { caller: "app/signage", correlationId: "run-7" });
    void endpoint.call("Rome");
    void endpoint.call("Bonn");
    expect(arrivals.map(({ input, context }) => ({ input, ...pick(context) }))).toEqual([
      { input: "Oslo", attempt: 1, caller: "app/signage", deadline: RIG_START + 30_000, correlationId: "run-7" },
      {
        input: "Rome",
        attempt: 1,
        caller: "host",
        deadline: RIG_START + 30_000,
        correlationId: expect.any(String) as string,
      },
      {
        input: "Bonn",
        attempt: 1,
        caller: "host",
        deadline: RIG_START + 30_000,
        correlationId: expect.any(String) as string,
      },
    ]);
    expect(arrivals[1]!.context.correlationId).toBe(arrivals[1]!.context.correlationId);
    expect(arrivals[1]!.context.correlationId).not.toBe(arrivals[2]!.context.correlationId);
  });

  test("tells the callee what its caller may ask: what is known of it, or the less it acts with [OPS-51]", () => {
    const permissionsOf = (caller: string): readonly string[] => (caller === "plugin/robot" ? ["deployment.*"] : []);
    const { endpoint, arrivals } = endpointRig({ permissionsOf });
    void endpoint.call("x", { caller: "plugin/robot" });
    void endpoint.call("x", { caller: "plugin/other" });
    void endpoint.call("x", { caller: "plugin/robot", permissions: ["deployment.read"] });
    expect(arrivals.map(({ context }) => context.permissions)).toEqual([["deployment.*"], [], ["deployment.read"]]);
    const plain = endpointRig();
    void plain.endpoint.call("x");
    void plain.endpoint.call("x", { caller: "app/signage" });
    expect(plain.arrivals.map(({ context }) => context.permissions)).toEqual([["*"], []]);
  });

  test("holds it not against the callee that a caller lacks a permission [OPS-51]", async () => {
    const invoke = (): never => {
      throw new HostError("PERMISSION_DENIED", "no", { details: { fault: "caller" } });
    };
    const { endpoint } = endpointRig({ invoke, policy: { breaker: { failureThreshold: 1 } } });
    for (let i = 0; i < 3; i++) expect((await errorOf(endpoint.call("x"))).code).toBe("PERMISSION_DENIED");
    expect(endpoint.breakerState).toMatchObject({ state: "closed", failures: 0 });
  });

  test("takes an answer that is no promise, a foreign thenable, and an error thrown at once", async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- a plugin's promise library may be anything
    const answers = [() => 1, () => ({ then: (done: (value: number) => void) => (done(2), done(3)) })];
    for (const [index, invoke] of answers.entries()) {
      expect(await endpointRig({ invoke }).endpoint.call("x")).toBe(index + 1);
    }
    const invoke = (): never => {
      throw new TypeError("no city");
    };
    const error = await errorOf(endpointRig({ invoke, policy: { retry: NO_RETRY } }).endpoint.call("x"));
    expect({ code: error.code, message: error.message, details: error.details }).toEqual({
      code: "PLUGIN_FAILED",
      message: "source/weather (home) failed: no city",
      details: { attempts: 1 },
    });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test("refuses a caller that may not call, without reaching breaker, cache or callee", async () => {
    const permit = (caller: string): void => {
      if (caller !== "app/signage") throw new HostError("PERMISSION_DENIED", `${caller} may not`);
    };
    const cache = { read: () => ({ value: "old", storedAt: RIG_START }), write: () => undefined };
    const policy = { ...ONE_FAILURE_OPENS, fallback: { useCached: true } };
    const { endpoint, arrivals } = endpointRig({ permit, cache, policy });
    expect((await errorOf(endpoint.call("x", { caller: "plugin/other" }))).code).toBe("PERMISSION_DENIED");
    expect(arrivals).toHaveLength(0);
    expect(endpoint.breakerState.state).toBe("closed");
    void endpoint.call("x", { caller: "app/signage" });
    expect(arrivals).toHaveLength(1);
  });
});

describe("deadline", () => {
  test("ends an attempt after its time, saying after how many seconds, and fires its signal [SIG-91] [SIG-108] [SIG-166]", async () => {
    const { endpoint, clock, wheel, arrivals } = endpointRig({ policy: { retry: NO_RETRY } });
    const answer = held(endpoint.call("Oslo"));
    const { signal } = arrivals[0]!.context;
    await clock.advance(29_999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    const error = await errorOf(answer);
    expect([error.code, error.message]).toEqual([
      "CALL_DEADLINE_EXCEEDED",
      "source/weather (home) did not answer within 30 s",
    ]);
    expect(error.details).toEqual({ limitMs: 30_000, attempts: 1 });
    expect((signal.reason as HostError).code).toBe("CALL_DEADLINE_EXCEEDED");
    // The callee has still not settled, and yet nothing waits for it.
    expect({ timers: clock.pendingTimers, entries: wheel.size }).toEqual({ timers: 0, entries: 0 });
  });

  test("gives an aborted signal to a callee that looks late", async () => {
    const { endpoint, clock, arrivals } = endpointRig({ policy: { retry: NO_RETRY, deadlineMs: 250 } });
    const error = errorOf(endpoint.call("Oslo"));
    await clock.advance(250);
    expect((await error).message).toContain("within 0.25 s");
    expect(arrivals[0]!.context.signal.aborted).toBe(true);
  });

  test("holds for each attempt, not for all together [SIG-91]", async () => {
    const { endpoint, clock, arrivals } = endpointRig({
      policy: { deadlineMs: 1_000, retry: { maxAttempts: 3, waitsMs: [100] } },
    });
    const answer = endpoint.call("Oslo");
    await clock.advance(2_500);
    expect(arrivals.map(({ atMs, context }) => [atMs, context.attempt, context.signal.aborted])).toEqual([
      [0, 1, true],
      [1_100, 2, true],
      [2_200, 3, false],
    ]);
    arrivals[2]!.answer("sunny");
    expect(await answer).toBe("sunny");
    expect(endpoint.metrics).toMatchObject({ deadlineHits: 2, retries: 2, successes: 1 });
  });

  test("drops and counts an answer that comes after it", async () => {
    const { endpoint, clock, arrivals } = endpointRig({ policy: { retry: NO_RETRY, deadlineMs: 1_000 } });
    const error = errorOf(endpoint.call("Oslo"));
    const other = errorOf(endpoint.call("Rome"));
    await clock.advance(1_000);
    arrivals[0]!.answer("late");
    arrivals[1]!.fail(new Error("late too"));
    await turn();
    expect([(await error).code, (await other).code]).toEqual(["CALL_DEADLINE_EXCEEDED", "CALL_DEADLINE_EXCEEDED"]);
    expect(endpoint.metrics).toMatchObject({ abandoned: 2, failures: 2, successes: 0 });
  });

  test("tells of a callee that has not stopped when the grace is over, once, and of no other", async () => {
    const onOverrun = vi.fn<(call: { attempt: number; caller: string; correlationId: string }) => void>();
    const policy = { retry: NO_RETRY, deadlineMs: 1_000, graceMs: 500 };
    const { endpoint, clock, wheel, arrivals } = endpointRig({ policy, hooks: { onOverrun } });
    void held(endpoint.call("stops"));
    void held(endpoint.call("goes on", { caller: "app/signage", correlationId: "run-7" }));
    await clock.advance(1_499);
    arrivals[0]!.fail(new Error("stopped"));
    await clock.advance(0);
    expect(onOverrun).not.toHaveBeenCalled();
    await clock.advance(10_000);
    expect(onOverrun.mock.calls).toEqual([[{ attempt: 1, caller: "app/signage", correlationId: "run-7" }]]);
    expect(endpoint.metrics.overruns).toBe(1);
    expect({ timers: clock.pendingTimers, entries: wheel.size }).toEqual({ timers: 0, entries: 0 });
  });

  test("is the caller's own where that is sooner, which the breaker does not hold against the callee", async () => {
    const { endpoint, clock, arrivals } = endpointRig({ policy: { breaker: { failureThreshold: 1 } } });
    const error = errorOf(endpoint.call("Oslo", { deadline: RIG_START + 1_500 }));
    expect(arrivals[0]!.context.deadline).toBe(RIG_START + 1_500);
    await clock.advance(1_500);
    expect(await error).toMatchObject({ code: "CALL_DEADLINE_EXCEEDED", details: { limitMs: 1_500, attempts: 1 } });
    const late = await errorOf(endpoint.call("Oslo", { deadline: RIG_START + 1_500 }));
    expect([late.code, arrivals.length, endpoint.breakerState.state]).toEqual(["CALL_DEADLINE_EXCEEDED", 1, "closed"]);
  });
});

describe("Endpoint on the machine's clock", () => {
  test("ends a call that hangs, never early, and leaves no timer set [SIG-92] [SIG-108]", async () => {
    let timers = 0;
    const clock: Clock = {
      ...systemClock,
      setTimer(fire, delayMs) {
        timers++;
        const timer = systemClock.setTimer(() => (timers--, fire()), delayMs);
        return { [Symbol.dispose]: () => (timers--, timer[Symbol.dispose]()) };
      },
    };
    using wheel = new DeadlineWheel(clock);
    const policy = { deadlineMs: 30, retry: { maxAttempts: 2, waitsMs: [5] } };
    const { endpoint, arrivals } = endpointRig({ clock, wheel, policy });
    const startedMs = performance.now();
    const error = await errorOf(endpoint.call("Oslo"));
    // The retry's wait is a plain timer, and those may fire up to 1 ms early.
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(64);
    expect([error.code, arrivals.length]).toEqual(["CALL_DEADLINE_EXCEEDED", 2]);
    await turn();
    expect(timers).toBe(0);
  });
});

describe("cancelling", () => {
  test("ends the call at once, is not retried and no failure for the breaker", async () => {
    const { endpoint, clock, wheel, arrivals } = endpointRig({ policy: { breaker: { failureThreshold: 1 } } });
    const caller = new AbortController();
    const error = errorOf(endpoint.call("Oslo", { signal: caller.signal }));
    const { signal } = arrivals[0]!.context;
    caller.abort(new Error("closing time"));
    expect(await error).toMatchObject({
      code: "CALL_CANCELLED",
      message: "The call of source/weather (home) was cancelled: closing time",
    });
    expect(signal.aborted).toBe(true);
    await clock.advance(60_000);
    expect({ arrivals: arrivals.length, timers: clock.pendingTimers, entries: wheel.size }).toEqual({
      arrivals: 1,
      timers: 0,
      entries: 0,
    });
    expect(endpoint.breakerState.failures).toBe(0);
    expect(endpoint.metrics).toMatchObject({ cancelled: 1, failures: 0, inFlight: 0 });
  });

  test("does not begin a call whose signal has fired", async () => {
    const { endpoint, arrivals } = endpointRig();
    const error = await errorOf(endpoint.call("Oslo", { signal: AbortSignal.abort() }));
    expect([error.message, arrivals.length]).toEqual(["The call of source/weather (home) was cancelled", 0]);
  });

  test("ends the wait between two attempts", async () => {
    const { endpoint, clock, arrivals } = endpointRig();
    const caller = new AbortController();
    const error = errorOf(endpoint.call("Oslo", { signal: caller.signal }));
    arrivals[0]!.fail(new Error("no"));
    await clock.advance(500);
    caller.abort();
    expect((await error).code).toBe("CALL_CANCELLED");
    await clock.advance(60_000);
    expect({ arrivals: arrivals.length, timers: clock.pendingTimers }).toEqual({ arrivals: 1, timers: 0 });
  });

  test("leaves the queue, and the place goes to the next", async () => {
    const { endpoint, arrivals } = endpointRig({ policy: { concurrency: { maxInFlight: 1 } } });
    const caller = new AbortController();
    const first = endpoint.call("first");
    const error = errorOf(endpoint.call("second", { signal: caller.signal }));
    const third = endpoint.call("third");
    caller.abort();
    expect((await error).code).toBe("CALL_CANCELLED");
    arrivals[0]!.answer(1);
    await first;
    arrivals[1]!.answer(3);
    expect([await third, arrivals.map(({ input }) => input)]).toEqual([3, ["first", "third"]]);
  });

  test("keeps no listener on a signal that outlives many calls [SIG-92]", async () => {
    const { endpoint } = endpointRig({ invoke: scripted([1, 2, new HostError("CONFIG_INVALID", "no")]) });
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    for (let i = 0; i < 3; i++) await endpoint.run("x", { signal });
    expect(added).toHaveBeenCalledTimes(3);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });

  test("by the callee itself is passed on as such", async () => {
    const { endpoint } = endpointRig({
      invoke: scripted([new HostError("CALL_CANCELLED", "gone")]),
      policy: { breaker: { failureThreshold: 1 } },
    });
    expect((await errorOf(endpoint.call("x"))).code).toBe("CALL_CANCELLED");
    expect(endpoint.breakerState.state).toBe("closed");
    expect(endpoint.metrics).toMatchObject({ cancelled: 1, failures: 0 });
  });
});

describe("retry", () => {
  test("waits between attempts and gives the first good answer [SIG-96] [SIG-110] [SIG-167]", async () => {
    const { endpoint, clock, arrivals } = endpointRig();
    const answer = endpoint.call("Oslo");
    arrivals[0]!.fail(new Error("no"));
    await clock.advance(999);
    expect(arrivals).toHaveLength(1);
    await clock.advance(1);
    arrivals[1]!.fail(new Error("no"));
    await clock.advance(2_000);
    arrivals[2]!.answer("sunny");
    expect(await answer).toBe("sunny");
    expect(arrivals.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000]);
    expect(endpoint.breakerState.failures).toBe(0);
  });

  test("rethrows the last error with the number of attempts in its details [SIG-96] [SIG-110]", async () => {
    const last = new HostError("CAPABILITY_FAILED", "cannot reach it", {
      details: { status: 502 },
      cause: new Error("reset"),
    });
    const { endpoint, clock } = endpointRig({ invoke: scripted([new Error("a"), new Error("b"), last]) });
    const error = errorOf(endpoint.call("Oslo"));
    await clock.advance(3_000);
    const told = await error;
    expect(told).toMatchObject({
      code: "CAPABILITY_FAILED",
      message: "cannot reach it",
      details: { status: 502, attempts: 3 },
    });
    expect([told.cause, told.stack]).toEqual([last.cause, last.stack]);
  });

  test("counts as one failed call for the breaker, however many attempts it took [SIG-93]", async () => {
    const { endpoint, clock } = endpointRig({ invoke: async () => Promise.reject(new Error("down")) });
    const call = errorOf(endpoint.call("Oslo"));
    await clock.advance(10_000);
    await call;
    expect(endpoint.breakerState.failures).toBe(1);
    expect(endpoint.metrics).toMatchObject({ failures: 1, retries: 2 });
  });

  test("does not wait past the caller's own deadline", async () => {
    const { endpoint, clock, arrivals } = endpointRig();
    const error = errorOf(endpoint.call("Oslo", { deadline: RIG_START + 900 }));
    arrivals[0]!.fail(new Error("no"));
    expect((await error).details).toEqual({ attempts: 1 });
    await turn();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("breaker of an endpoint", () => {
  test("keeps a failing callee from being hammered, and one probe closes it [SIG-93] [SIG-95] [SIG-109] [SIG-166]", async () => {
    const changes: string[] = [];
    const { endpoint, clock, arrivals } = endpointRig({
      policy: ONE_FAILURE_OPENS,
      hooks: { onBreakerChange: ({ state }) => void changes.push(state) },
    });
    const first = errorOf(endpoint.call("x"));
    arrivals[0]!.fail(new Error("down"));
    await first;
    for (let i = 0; i < 50; i++) expect((await errorOf(endpoint.call("x"))).code).toBe("CALL_BREAKER_OPEN");
    expect(arrivals).toHaveLength(1);
    await clock.advance(MINUTE_MS);
    const probe = endpoint.call("x");
    expect((await errorOf(endpoint.call("x"))).code).toBe("CALL_BREAKER_OPEN");
    arrivals[1]!.answer("back");
    expect(await probe).toBe("back");
    void endpoint.call("x");
    expect(arrivals).toHaveLength(3);
    expect(changes).toEqual(["open", "half-open", "closed"]);
    expect(endpoint.metrics).toMatchObject({ breakerRefusals: 51, failures: 52, calls: 54 });
  });

  test("goes on where it was stored [SIG-93]", async () => {
    const breakerState: BreakerState = { state: "open", failures: 2, trips: 2, openUntil: RIG_START + MINUTE_MS };
    const { endpoint, clock, arrivals } = endpointRig({ breakerState, policy: ONE_FAILURE_OPENS });
    expect((await errorOf(endpoint.call("x"))).code).toBe("CALL_BREAKER_OPEN");
    await clock.advance(MINUTE_MS);
    const probe = errorOf(endpoint.call("x"));
    arrivals[0]!.fail(new Error("down"));
    await probe;
    expect(endpoint.breakerState).toMatchObject({ trips: 3, openUntil: clock.now() + 4 * MINUTE_MS });
  });

  test("turns away those who were in the queue when it opened", async () => {
    const policy = { ...ONE_FAILURE_OPENS, concurrency: { maxInFlight: 1 } };
    const { endpoint, arrivals } = endpointRig({ policy });
    const errors = ["a", "b", "c"].map((input) => errorOf(endpoint.call(input)));
    arrivals[0]!.fail(new Error("down"));
    const codes = (await Promise.all(errors)).map(({ code }) => code);
    expect(codes).toEqual(["PLUGIN_FAILED", "CALL_BREAKER_OPEN", "CALL_BREAKER_OPEN"]);
    expect([arrivals.length, endpoint.metrics.inFlight]).toEqual([1, 0]);
  });

  test.each<[ErrorCode, string]>([
    ["PERMISSION_DENIED", "open"],
    ["CONTRACT_BROKEN", "open"],
    ["CONFIG_INVALID", "closed"],
  ])("judges by whose fault %s is: %s", async (code, state) => {
    const { endpoint } = endpointRig({ invoke: scripted([new HostError(code, "no")]), policy: ONE_FAILURE_OPENS });
    expect((await errorOf(endpoint.call("x"))).code).toBe(code);
    expect(endpoint.breakerState.state).toBe(state);
  });
});

describe("concurrency of an endpoint", () => {
  test("lets so many calls run, so many wait in order, and refuses the rest", async () => {
    const { endpoint, arrivals } = endpointRig({ policy: { concurrency: { maxInFlight: 2, maxQueued: 1 } } });
    const calls = ["a", "b", "c"].map((input) => endpoint.call(input));
    const error = await errorOf(endpoint.call("d"));
    expect([error.code, error.message]).toEqual([
      "CALL_CONCURRENCY_EXCEEDED",
      "Did not call source/weather (home): 2 calls are under way, 1 wait already",
    ]);
    expect(endpoint.metrics).toMatchObject({ inFlight: 2, queued: 1, concurrencyRefusals: 1 });
    for (let i = 0; i < 3; i++) {
      arrivals[i]!.answer(i);
      expect(await calls[i]).toBe(i);
    }
    expect(endpoint.metrics).toMatchObject({ inFlight: 0, queued: 0, successes: 3 });
  });

  test("ends a wait for a place after the deadline", async () => {
    const policy = {
      deadlineMs: 1_000,
      retry: { maxAttempts: 2, waitsMs: [MINUTE_MS] },
      concurrency: { maxInFlight: 1 },
    };
    const { endpoint, clock, arrivals } = endpointRig({ policy });
    void held(endpoint.call("holds its place while it waits to try again"));
    const error = errorOf(endpoint.call("waits"));
    await clock.advance(1_000);
    expect((await error).message).toContain("no place became free within 1 s");
    expect(arrivals).toHaveLength(1);
  });
});

describe("hooks", () => {
  test("that throw or reject are told to onHookError and touch no call", async () => {
    const told: unknown[] = [];
    const disk = new Error("disk full");
    const hooks = {
      onBreakerChange: () => Promise.reject(disk),
      onHookError: (error: unknown) => void told.push(error),
    };
    const cache = {
      read: (): never => {
        throw disk;
      },
      write: () => Promise.reject(disk),
    };
    const policy = { ...ONE_FAILURE_OPENS, fallback: { useCached: true } };
    const { endpoint } = endpointRig({ invoke: scripted(["sunny", new Error("down")]), hooks, cache, policy });
    expect(await endpoint.call("x")).toBe("sunny");
    expect((await errorOf(endpoint.call("x"))).code).toBe("PLUGIN_FAILED");
    await turn();
    expect(told).toEqual([disk, disk, disk]);
  });

  test("that throw without anybody to tell surface as uncaught", async () => {
    const bug = new Error("bug in the host");
    const onBreakerChange = (): never => {
      throw bug;
    };
    const { endpoint } = endpointRig({
      invoke: scripted([new Error("down")]),
      hooks: { onBreakerChange },
      policy: ONE_FAILURE_OPENS,
    });
    const before = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const uncaught = new Promise((resolve) => process.once("uncaughtException", resolve));
    await errorOf(endpoint.call("x"));
    expect(await uncaught).toBe(bug);
    for (const listener of before) process.on("uncaughtException", listener);
  });
});

describe("Declined", () => {
  test("is an answer for the breaker and the caller, and nothing for the cache", async () => {
    const write = vi.fn<() => void>();
    const breakerState: BreakerState = { state: "open", failures: 3, trips: 1, openUntil: RIG_START };
    const { endpoint } = endpointRig({
      invoke: async () => new Declined("same as before"),
      cache: { read: () => undefined, write },
      breakerState,
    });
    const answer = await endpoint.call("x");
    expect(answer).toEqual(new Declined("same as before"));
    expect(endpoint.breakerState).toMatchObject({ state: "closed", failures: 0 });
    expect(write).not.toHaveBeenCalled();
    expect(endpoint.metrics).toMatchObject({ declined: 1, successes: 0, failures: 0 });
  });
});

function pick({
  attempt,
  caller,
  deadline,
  correlationId,
}: {
  attempt: number;
  caller: string;
  deadline: number;
  correlationId: string;
}): Record<string, unknown> {
  return { attempt, caller, deadline, correlationId };
}
