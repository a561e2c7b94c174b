import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { MISBEHAVING } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { GOOD, openRig, type Rig, START } from "./signage-rig.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A source that is well or not, as the test says, and counts how often it was asked. */
function service() {
  return {
    isWell: false,
    asked: 0,
    fetch() {
      this.asked++;
      if (!this.isWell) throw new HostError("PLUGIN_FAILED", "no answer");
      return GOOD;
    },
  };
}

/** One attempt a run, so that runs are what is counted. */
const once = { enabled: false };

async function fail(rig: Rig, runs: number): Promise<void> {
  for (let run = 0; run < runs; run++) expect((await rig.runOnce())["home"]?.error?.message).toBe("no answer");
}

const breakerOf = (rig: Rig) => rig.signage.sources[0]!.breaker;

describe("the breaker of a source", () => {
  test("opens after three failed runs, and the source is then left alone for 1, 2, 4, 8, 16, 30, 30 minutes [SIG-93] [SIG-94] [SIG-109] [SIG-166]", async () => {
    const script = service();
    await using rig = await openRig({ sources: [{ id: "home", retry: once }], script });
    await fail(rig, 3);
    for (const minutes of [1, 2, 4, 8, 16, 30, 30]) {
      const asked = script.asked;
      expect(breakerOf(rig)).toMatchObject({ state: "open", openUntil: rig.clock.now() + minutes * MINUTE_MS });
      await rig.clock.advance(minutes * MINUTE_MS - 1);
      expect((await rig.runOnce())["home"]).toMatchObject({
        outcome: "failed",
        attempts: 0,
        error: {
          code: "CALL_BREAKER_OPEN",
          message: expect.stringMatching(/^Did not call source\/scripted \(home\): it failed \d+ times in a row/),
        },
      });
      expect(script.asked).toBe(asked);
      await rig.clock.advance(1);
      await fail(rig, 1);
      expect(script.asked).toBe(asked + 1);
    }
  });

  test("closes by itself with the first probe that succeeds, and begins anew [SIG-95] [SIG-109] [SIG-175]", async () => {
    const script = service();
    await using rig = await openRig({ sources: [{ id: "home", retry: once }], script });
    await fail(rig, 3);
    await rig.clock.advance(MINUTE_MS);
    script.isWell = true;
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "success" });
    expect(breakerOf(rig)).toEqual({ state: "closed", failures: 0, trips: 0, openUntil: 0 });
    script.isWell = false;
    await fail(rig, 3);
    expect(breakerOf(rig)).toMatchObject({ state: "open", openUntil: rig.clock.now() + MINUTE_MS });
  });

  test("is that of one source alone, and takes the threshold of the file [SIG-93] [SIG-112]", async () => {
    const script = service();
    const sources = [
      { id: "home", retry: once },
      { id: "other", retry: once },
    ];
    await using rig = await openRig({
      sources,
      top: { breaker: { failure_threshold: 1 } },
      script: { fetch: ({ id }) => (id === "home" ? script.fetch() : GOOD) },
    });
    await fail(rig, 1);
    expect((await rig.runOnce())["home"]?.error?.code).toBe("CALL_BREAKER_OPEN");
    expect(rig.signage.sources[1]).toMatchObject({ breaker: { state: "closed" }, last: { outcome: "success" } });
  });

  test("is still open after a restart of the host, and probes when its time has come [SIG-93] [SIG-95] [SIG-109]", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-signage-"));
    const script = service();
    const options = { sources: [{ id: "home", retry: once }], script, folder: folder.path };
    {
      await using rig = await openRig(options);
      await fail(rig, 3);
    }
    {
      await using rig = await openRig({ ...options, clock: new ManualClock(START + MINUTE_MS - 1) });
      expect(breakerOf(rig)).toMatchObject({ state: "open", failures: 3, openUntil: START + MINUTE_MS });
      expect(rig.signage.sources[0]?.last).toMatchObject({ outcome: "failed", completedAt: START, pictures: [] });
      expect((await rig.runOnce())["home"]?.error?.code).toBe("CALL_BREAKER_OPEN");
      await rig.clock.advance(1);
      script.isWell = true;
      expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "success" });
    }
    await using rig = await openRig(options);
    expect(breakerOf(rig)).toMatchObject({ state: "closed", failures: 0 });
    expect(script.asked).toBe(4);
  });

  test("does not count what says nothing about the source: a run that was declined or cut short", async () => {
    const waiting = Promise.withResolvers<undefined>();
    const script = { fetch: () => waiting.promise, shouldRender: () => false };
    await using rig = await openRig({ sources: [{ id: "home", retry: once }], script });
    const runs = rig.runOnce();
    rig.hurry.abort(new Error("a second SIGINT"));
    expect((await runs)["home"]).toMatchObject({ outcome: "skipped", error: { code: "CALL_CANCELLED" } });
    expect(breakerOf(rig)).toMatchObject({ state: "closed", failures: 0 });
    expect(rig.host.storage.runs.latest("home")).toMatchObject({ outcome: "skipped", errorCode: "CALL_CANCELLED" });
  });
});

describe("content that was kept", () => {
  const fallback = { use_cached: true, max_age_hours: 2 };

  test("is drawn with its age where a fresh fetch fails and the file allows it [SIG-98] [SIG-111] [SIG-167]", async () => {
    const script = service();
    await using rig = await openRig({ sources: [{ id: "home", retry: once, fallback }], script });
    script.isWell = true;
    await rig.runOnce();
    script.isWell = false;
    await rig.clock.advance(HOUR_MS);
    const { home } = await rig.runOnce();
    expect(home).toMatchObject({
      outcome: "cached",
      ageMs: HOUR_MS,
      dataPoints: 2,
      error: { code: "PLUGIN_FAILED", message: "no answer" },
      pictures: [join(rig.folder, "output/home.png")],
    });
    expect(rig.drawn).toMatchObject([
      { stale: "", footer: "Updated 12:00" },
      { stale: "Data of 12:00, 1 h old", footer: "Updated 13:00 · data of 12:00" },
    ]);
    expect(rig.signage.sources[0]).toMatchObject({ cachedAt: START });
    expect(rig.host.storage.runs.latest("home")).toMatchObject({ outcome: "cached", error: "no answer" });
  });

  test("is not drawn while a fresh fetch succeeds [SIG-98] [SIG-111]", async () => {
    const titles = ["first", "second"];
    const script = { fetch: () => ({ ...GOOD, title: titles.shift()! }) };
    await using rig = await openRig({ sources: [{ id: "home", fallback }], script });
    await rig.runOnce();
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "success" });
    expect(rig.drawn.map(({ title, stale }) => [title, stale])).toEqual([
      ["first", ""],
      ["second", ""],
    ]);
  });

  test("is not drawn where the file does not allow it [SIG-98] [SIG-111]", async () => {
    const script = service();
    await using rig = await openRig({ sources: [{ id: "home", retry: once }], script });
    script.isWell = true;
    await rig.runOnce();
    script.isWell = false;
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "failed", pictures: [] });
  });

  test("is drawn up to the age that the file names, to the millisecond, and not beyond [SIG-99] [SIG-111]", async () => {
    const script = service();
    await using rig = await openRig({ sources: [{ id: "home", retry: once, fallback }], script });
    script.isWell = true;
    await rig.runOnce();
    script.isWell = false;
    await rig.clock.advance(2 * HOUR_MS);
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "cached", ageMs: 2 * HOUR_MS });
    await rig.clock.advance(1);
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "failed" });
  });

  test("stands in while the breaker is open, and after a restart [SIG-98] [SIG-109] [SIG-111]", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-signage-"));
    const script = service();
    const options = { sources: [{ id: "home", retry: once, fallback }], script, folder: folder.path };
    {
      await using rig = await openRig(options);
      script.isWell = true;
      await rig.runOnce();
      script.isWell = false;
      for (let run = 0; run < 3; run++) expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "cached" });
    }
    await using rig = await openRig({ ...options, clock: new ManualClock(START + 30_000) });
    expect(rig.signage.sources[0]).toMatchObject({ cachedAt: START });
    expect((await rig.runOnce())["home"]).toMatchObject({
      outcome: "cached",
      ageMs: 30_000,
      error: { code: "CALL_BREAKER_OPEN" },
    });
    expect(script.asked).toBe(4);
  });

  test("of another kind of source is not shown under its id [SIG-98]", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-signage-"));
    {
      await using rig = await openRig({ folder: folder.path });
      await rig.runOnce();
    }
    const missing = { id: "home", type: "misbehaving", config: { fault: "throw" }, retry: once, fallback };
    await using rig = await openRig({ sources: [missing], folder: folder.path, plugins: [MISBEHAVING] });
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "failed", pictures: [] });
  });
});
