import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { endpointRig, scripted } from "../../test/endpoint-rig.ts";
import { Declined, Unavailable } from "./declined.ts";

const down = new HostError("PLUGIN_FAILED", "down");

describe("Endpoint, by what its policies say", () => {
  test("repeats only what may be done twice", async () => {
    const isIdempotent = (input: string): boolean => input === "get";
    const { endpoint, clock } = endpointRig({ invoke: scripted([down, down, "ok"]), isIdempotent });
    expect(await endpoint.run("post")).toMatchObject({ kind: "failed", attempts: 1 });
    const got = endpoint.run("get");
    await clock.advance(1_000);
    expect(await got).toMatchObject({ kind: "fresh", value: "ok", attempts: 2 });
  });

  test("draws the waits between attempts from nothing to the whole", async () => {
    const { endpoint, clock } = endpointRig({ invoke: scripted([down, "ok"]), random: () => 0.25 });
    const got = endpoint.run("x");
    await clock.advance(249);
    expect(endpoint.metrics.retries).toBe(0);
    await clock.advance(1);
    expect(await got).toMatchObject({ kind: "fresh", durationMs: 250 });
  });

  test("has a breaker for each caller where one is not to shut the others out [BWK-2]", async () => {
    const invoke = (input: string): string => {
      if (input === "bad") throw down;
      return "ok";
    };
    const policy = { retry: { maxAttempts: 1 }, breaker: { failureThreshold: 2 } };
    const { endpoint } = endpointRig({ invoke, policy, isBreakerPerCaller: true });
    for (let i = 0; i < 2; i++) await endpoint.run("bad", { caller: "plugin/one" });
    expect(await endpoint.run("good", { caller: "plugin/one" })).toMatchObject({
      error: { code: "CALL_BREAKER_OPEN" },
    });
    expect(await endpoint.run("good", { caller: "plugin/two" })).toMatchObject({ kind: "fresh" });
    expect(endpoint.breakerState.state).toBe("open");
  });

  test("opens when too many of the calls of a while fail, though never many in a row, and closes after two of three probes [BWK-2]", async () => {
    let isBad = true;
    let calls = 0;
    const invoke = (): string => {
      if (isBad && ++calls % 2 === 0) throw down;
      return "ok";
    };
    const policy = { retry: { maxAttempts: 1 }, breaker: { probes: 3, successesToClose: 2 } };
    const { endpoint, clock } = endpointRig({ invoke, policy });
    for (let i = 0; i < 20; i++) await endpoint.run("x");
    expect(await endpoint.run("x")).toMatchObject({
      error: {
        code: "CALL_BREAKER_OPEN",
        message: expect.stringContaining("10 of the last 20 calls failed") as string,
      },
    });
    isBad = false;
    await clock.advance(60_000);
    await endpoint.run("x");
    expect(endpoint.breakerState.state).toBe("half-open");
    await endpoint.run("x");
    expect(endpoint.breakerState.state).toBe("closed");
  });

  test("ends an optional call of what is broken by a value to go on with, and any other by its error [BWK-3] [BWK-7]", async () => {
    const denied = new HostError("PERMISSION_DENIED", "not for you");
    const policy = { retry: { maxAttempts: 1 }, breaker: { failureThreshold: 2 } };
    const { endpoint } = endpointRig({ invoke: scripted([denied, down]), policy });
    await expect(endpoint.call("x", { optional: true })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    const broken = await endpoint.call("x", { optional: true });
    expect(broken).toBeInstanceOf(Unavailable);
    expect(broken).toBeInstanceOf(Declined);
    expect((broken as Unavailable).error).toMatchObject({ code: "PLUGIN_FAILED" });
    expect(await endpoint.run("x", { optional: true })).toMatchObject({
      kind: "declined",
      attempts: 0,
      error: { code: "CALL_BREAKER_OPEN" },
    });
    await expect(endpoint.call("x")).rejects.toMatchObject({ code: "CALL_BREAKER_OPEN" });
    expect(endpoint.metrics).toMatchObject({ calls: 4, failures: 4, declined: 0 });
  });

  test("goes on under another policy with all that is under way; one out of bounds changes nothing [BWK-17]", async () => {
    const { endpoint, arrivals } = endpointRig({ policy: { concurrency: { maxInFlight: 1 }, deadlineMs: 50 } });
    const calls = ["a", "b", "c"].map((input) => endpoint.run(input));
    expect(arrivals.length).toBe(1);
    expect(() => endpoint.adapt({ deadlineMs: 0 })).toThrow("deadlineMs is 0, must be from 1 to");
    expect(endpoint.policy.deadlineMs).toBe(50);
    endpoint.adapt({ concurrency: { maxInFlight: 3 }, deadlineMs: 70 });
    expect(arrivals.length).toBe(3);
    for (const arrival of arrivals) arrival.answer("ok");
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(["fresh", "fresh", "fresh"]);
    expect(endpoint.policy).toMatchObject({ deadlineMs: 70, concurrency: { maxInFlight: 3 } });
  });
});
