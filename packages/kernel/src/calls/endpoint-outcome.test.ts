import { describe, expect, test } from "vitest";
import { Declined } from "./declined.ts";
import { endpointRig, RIG_START, scripted } from "../../test/endpoint-rig.ts";
import type { CachedAnswer, FallbackCache } from "./fallback.ts";
import { NO_RETRY } from "./policy.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The simplest cache there can be: what storage keeps in a table. */
class Shelf implements FallbackCache<string, unknown> {
  readonly answers = new Map<string, CachedAnswer<unknown>>();

  read(input: string): CachedAnswer<unknown> | undefined {
    return this.answers.get(input);
  }

  async write(input: string, answer: CachedAnswer<unknown>): Promise<void> {
    this.answers.set(input, answer);
  }
}

const USE_CACHED = { retry: NO_RETRY, fallback: { useCached: true, maxAgeMs: 2 * HOUR_MS } };

describe("Endpoint.run", () => {
  test("tells a fresh answer with its attempts and duration, and keeps it with its time [SIG-97]", async () => {
    const cache = new Shelf();
    const { endpoint, clock, arrivals } = endpointRig({ cache });
    const outcome = endpoint.run("Oslo");
    arrivals[0]!.fail(new Error("no"));
    await clock.advance(1_200);
    arrivals[1]!.answer("sunny");
    expect(await outcome).toEqual({ kind: "fresh", value: "sunny", attempts: 2, durationMs: 1_200 });
    expect(cache.answers.get("Oslo")).toEqual({ value: "sunny", storedAt: RIG_START + 1_200 });
  });

  test("gives the earlier answer when the fresh call finally failed, with its age and why [SIG-98] [SIG-111] [SIG-167]", async () => {
    const cache = new Shelf();
    const invoke = scripted(["sunny", new Error("down"), new Error("still down"), new Error("again")]);
    const { endpoint, clock } = endpointRig({
      cache,
      invoke,
      policy: { ...USE_CACHED, retry: { maxAttempts: 3, waitsMs: [1_000] } },
    });
    await endpoint.run("Oslo");
    await clock.advance(HOUR_MS);
    const outcome = endpoint.run("Oslo");
    await clock.advance(2_000);
    expect(await outcome).toMatchObject({
      kind: "cached",
      value: "sunny",
      storedAt: RIG_START,
      ageMs: HOUR_MS + 2_000,
      attempts: 3,
      durationMs: 2_000,
      error: { code: "PLUGIN_FAILED", message: "source/weather (home) failed: again" },
    });
    expect(endpoint.metrics).toMatchObject({ successes: 1, failures: 1, cached: 1 });
  });

  test("does not look into the cache while fresh answers come [SIG-98]", async () => {
    const cache = new Shelf();
    cache.answers.set("Oslo", { value: "old", storedAt: RIG_START });
    const { endpoint } = endpointRig({ cache, invoke: scripted(["new"]), policy: USE_CACHED });
    expect(await endpoint.run("Oslo")).toMatchObject({ kind: "fresh", value: "new" });
  });

  test("does not use the cache unless the policy says so [SIG-38] [SIG-98]", async () => {
    const cache = new Shelf();
    cache.answers.set("Oslo", { value: "old", storedAt: RIG_START });
    const { endpoint } = endpointRig({ cache, invoke: scripted([new Error("down")]), policy: { retry: NO_RETRY } });
    expect(await endpoint.run("Oslo")).toMatchObject({ kind: "failed", error: { code: "PLUGIN_FAILED" } });
  });

  test.each([
    [0, "cached"],
    [2 * HOUR_MS, "cached"],
    [2 * HOUR_MS + 1, "failed"],
    [-MINUTE_MS, "cached"],
  ])("an earlier answer of %i ms, with two hours allowed, is %s [SIG-99] [SIG-39]", async (ageMs, kind) => {
    const cache = new Shelf();
    cache.answers.set("Oslo", { value: "old", storedAt: RIG_START - ageMs });
    const { endpoint } = endpointRig({ cache, invoke: scripted([new Error("down")]), policy: USE_CACHED });
    const outcome = await endpoint.run("Oslo");
    expect(outcome).toMatchObject({ kind, ...(kind === "cached" ? { ageMs: Math.max(0, ageMs) } : {}) });
  });

  test("uses the cache while the breaker is open, without calling [SIG-111] [SIG-166]", async () => {
    const cache = new Shelf();
    cache.answers.set("Oslo", { value: "old", storedAt: RIG_START });
    const { endpoint, arrivals } = endpointRig({
      cache,
      policy: USE_CACHED,
      breakerState: { state: "open", failures: 1, trips: 1, openUntil: RIG_START + MINUTE_MS },
    });
    expect(await endpoint.run("Oslo")).toMatchObject({
      kind: "cached",
      attempts: 0,
      error: { code: "CALL_BREAKER_OPEN" },
    });
    expect(await endpoint.call("Oslo")).toBe("old");
    expect(arrivals).toHaveLength(0);
  });

  test("gives no earlier answer for a call that was cancelled", async () => {
    const cache = new Shelf();
    cache.answers.set("Oslo", { value: "old", storedAt: RIG_START });
    const { endpoint } = endpointRig({ cache, policy: USE_CACHED });
    const outcome = await endpoint.run("Oslo", { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "CALL_CANCELLED" } });
  });

  test("tells why the callee declined", async () => {
    const { endpoint } = endpointRig({ invoke: () => new Declined("same as before") });
    expect(await endpoint.run("Oslo")).toEqual({
      kind: "declined",
      reason: "same as before",
      attempts: 1,
      durationMs: 0,
    });
  });
});
