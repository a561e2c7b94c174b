import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { GOOD, openRig, passTime, type Rig, type ScriptedFetch, settle, START, until } from "./signage-rig.ts";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `source_${index}`);

describe("many sources", () => {
  test("are fetched at the same time: twenty of 200 ms take 200 ms, not four seconds [SIG-101] [SIG-112] [SIG-154] [SIG-168]", async () => {
    const took: Record<number, number> = {};
    for (const width of [20, 1]) {
      const script = {
        fetch: async ({ signal }: ScriptedFetch) => {
          await sleep(rig.clock, 200, signal);
          return GOOD;
        },
      };
      await using rig: Rig = await openRig({ sources: ids(20).map((id) => ({ id })), top: { width }, script });
      // The attempts' own timer and at least one source.
      const runs = await passTime(rig.clock, rig.runOnce(), 200, 2);
      expect(Object.values(runs).map(({ outcome, durationMs }) => [outcome, durationMs])).toEqual(
        ids(20).map(() => ["success", 200]),
      );
      took[width] = rig.clock.now() - START;
    }
    expect(took).toEqual({ 20: 200, 1: 4_000 });
  });

  test("never wait for one that hangs or fails [SIG-112] [SIG-169]", async () => {
    const script = {
      fetch: ({ id }: ScriptedFetch) => {
        if (id === "source_0") return new Promise<never>(() => undefined);
        if (id === "source_1") throw new HostError("PLUGIN_FAILED", "no answer");
        return GOOD;
      },
    };
    await using rig = await openRig({ sources: ids(8).map((id) => ({ id, timeout: 60 })), top: { width: 2 }, script });
    const runs = rig.runOnce();
    // The failing one waits for its next attempts, the hanging one for its time: the other six are done meanwhile.
    await until(() => rig.signage.sources.some(({ isRunning }) => isRunning));
    for (let second = 0; second < 3; second++) {
      await settle();
      await rig.clock.advance(1_000);
    }
    await until(() => rig.signage.sources.slice(1).every(({ last }) => last !== undefined));
    expect(rig.signage.sources.map(({ last }) => last?.outcome)).toEqual([
      undefined,
      "failed",
      ...ids(6).map(() => "success"),
    ]);
    rig.hurry.abort(new Error("enough"));
    expect((await runs)["source_0"]).toMatchObject({ outcome: "skipped" });
  });

  test("are at most as many at a time as the file says", async () => {
    let [running, most] = [0, 0];
    const script = {
      fetch: async ({ signal }: ScriptedFetch) => {
        most = Math.max(most, ++running);
        await sleep(rig.clock, 10, signal);
        running--;
        return GOOD;
      },
    };
    await using rig: Rig = await openRig({ sources: ids(9).map((id) => ({ id })), top: { width: 3 }, script });
    const runs = await passTime(rig.clock, rig.runOnce(), 10, 2);
    expect(Object.values(runs).map(({ outcome }) => outcome)).toEqual(ids(9).map(() => "success"));
    expect(most).toBe(3);
  });

  test("two hundred of them need little memory, and leave none behind [SIG-156]", { tags: ["slow"] }, async () => {
    const collect = exposeCollector();
    const content = { ...GOOD, lines: Array.from({ length: 200 }, (_, line) => `${line} ${"x".repeat(900)}`) };
    await using rig = await openRig({
      sources: ids(200).map((id) => ({ id, rendering: { layout: "default", background: "gradient" } })),
      script: { fetch: () => content },
    });
    await rig.runOnce();
    collect();
    const [heap, rss] = [process.memoryUsage().heapUsed, process.memoryUsage.rss()];
    await rig.runOnce();
    collect();
    const grown = { heapMb: mib(process.memoryUsage().heapUsed - heap), rssMb: mib(process.memoryUsage.rss() - rss) };
    // A round goes through 36 MB of content.
    expect(grown.heapMb).toBeLessThan(10);
    expect(grown.rssMb).toBeLessThan(150);
  });
});

const mib = (bytes: number): number => bytes / 1_048_576;

/** The collector, which only contexts made after its flag was set can see. */
function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
