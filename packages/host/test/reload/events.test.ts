import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { openReloadingHost, type Tier } from "./reloading-host.ts";

const EVENTS = 300;
const manifest = '[permissions.events]\nsubscribe = ["tick"]\npublish = ["heard"]';
const listens = (label: string): string => `
  start: async (ctx) => {
    await ctx.events.subscribe("tick", ({ data }) => ctx.events.publish("heard", { label: "${label}", data }));
  },
`;

test.each<Tier>(["worker", "inline"])(
  "Events that come while a plugin in tier %s is replaced are heard once each, in order, by the old version and then by the new one [RPT-55, FLX-16]",
  async (tier) => {
    await using at = await openReloadingHost(tier, { hooks: listens("one"), manifest });
    const heard: { label: string; data: number }[] = [];
    using _listening = at.host.events.subscribe({ owner: "host", pattern: "heard" }, ({ data }) => {
      heard.push(data as (typeof heard)[number]);
    });
    await at.save({ label: "two", hooks: listens("two"), manifest });
    const reloading = at.host.reloads.reload("counter");
    for (let tick = 1; tick <= EVENTS; tick++) {
      at.host.events.publish({ subject: "tick", data: tick, from: "host" });
      await turn();
      if (tick === EVENTS / 2) expect(await reloading).toMatchObject({ outcome: "reloaded" });
    }
    await expect.poll(() => heard.length, { interval: 5 }).toBe(EVENTS);
    // What two threads publish comes in any order; which of them heard what does not depend on that.
    const inOrder = heard.toSorted((a, b) => a.data - b.data);
    expect(inOrder.map(({ data }) => data)).toEqual(heard.map((_, index) => index + 1));
    expect([inOrder[0]!.label, inOrder.at(-1)!.label]).toEqual(["one", "two"]);
    const change = inOrder.findIndex(({ label }) => label === "two");
    expect(inOrder.slice(change).every(({ label }) => label === "two")).toBe(true);
  },
);
