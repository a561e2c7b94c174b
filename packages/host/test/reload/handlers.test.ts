import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { CounterVersion } from "./counter.ts";
import { advanceUntil, openReloadingHost, type Tier } from "./reloading-host.ts";

const TIERS = ["inline", "worker", "process"] as const satisfies readonly Tier[];
const EVENTS = 200;
const SECONDS = 5;

/** Counts what `start` lets it hear, hands that on, and answers it. */
function hearing(label: string, start: string, manifest = ""): CounterVersion {
  return {
    label,
    manifest,
    top: "let heard = 0;",
    each: "count = heard - 1;",
    hooks: `
      start: async (ctx) => { ${start} },
      saveState: () => ({ heard }),
      restoreState: (state) => { heard = state.heard; },
    `,
  };
}

const asTwo = ({ hooks = "", ...version }: CounterVersion): CounterVersion => ({ ...version, hooks, label: "two" });

describe.each(TIERS)("What a plugin in tier %s is at when it is replaced", (tier) => {
  test("ends in the old version: its slow listener has handled all that had reached it before the state is taken [FLX-46, FLX-16, OPS-19]", async () => {
    const subscribe = `await ctx.events.subscribe("tick", async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      heard++;
    });`;
    const version = hearing("one", subscribe, '[permissions.events]\nsubscribe = ["tick"]');
    await using at = await openReloadingHost(tier, version);
    await at.save(asTwo(version));
    const publish = (): void => at.host.events.publish({ subject: "tick", data: null, from: "host" });
    for (let tick = 1; tick <= EVENTS; tick++) publish();
    const reloading = at.host.reloads.reload("counter");
    for (let tick = 1; tick <= EVENTS; tick++) {
      publish();
      if (tick % 20 === 0) await pause(1);
    }
    expect(await reloading).toMatchObject({ outcome: "reloaded" });
    await expect.poll(() => at.count.next(), { interval: 5, timeout: 20_000 }).toBe(`two ${2 * EVENTS}`);
  });

  test.each([
    ["every second", "await ctx.schedule.every(1_000, () => { heard++; });"],
    ["by the calendar", 'await ctx.schedule.cron("* * * * * *", () => { heard++; });'],
  ])(
    "keeps its timers: one that comes %s comes as often as without a reload [FLX-16, FLX-46]",
    async (_name, start) => {
      const version = hearing("one", start);
      await using at = await openReloadingHost(tier, version);
      await at.clock.advance(SECONDS * 1_000);
      await at.save(asTwo(version));
      expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
      const before = Number(/^two (\d+)$/.exec(await at.count.next())?.[1]);
      // Opening takes a moment, in which a second may begin.
      expect([SECONDS, SECONDS + 1]).toContain(before);
      await at.clock.advance(SECONDS * 1_000);
      await expect.poll(() => at.count.next(), { interval: 5 }).toBe(`two ${before + SECONDS}`);
    },
  );

  test("does not hold it up for ever: a timer whose work never ends is waited for a while only", async () => {
    const version = hearing("one", "await ctx.schedule.after(1, () => { heard++; return new Promise(() => {}); });");
    await using at = await openReloadingHost(tier, version);
    await at.clock.advance(1);
    await expect.poll(() => at.count.next(), { interval: 5 }).toBe("one 1");
    await at.save(asTwo(version));
    const reloading = at.host.reloads.reload("counter");
    await advanceUntil(at.clock, reloading);
    expect(await reloading).toMatchObject({ outcome: "reloaded" });
    expect(await at.count.next()).toMatch(/^two /);
  });
});
