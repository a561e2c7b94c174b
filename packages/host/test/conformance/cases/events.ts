import { setImmediate } from "node:timers/promises";
import type { BusEvent } from "@berth/contract";
import { expect } from "vitest";
import type { ConformanceBench } from "../bench.ts";
import type { ConformanceCase } from "../conformance-case.ts";

/** Asks until the plugin has heard `count` events. */
async function heard(bench: ConformanceBench, count: number): Promise<BusEvent[]> {
  const events: BusEvent[] = [];
  while (events.length < count) {
    events.push(...((await bench.ask("heard")) as BusEvent[]));
    await setImmediate();
  }
  return events;
}

/** Events both ways. */
export const EVENTS: readonly ConformanceCase[] = [
  {
    title: "an event the plugin publishes is heard in the host, under the plugin's name",
    run: async (bench) => {
      const { promise, resolve } = Promise.withResolvers<BusEvent>();
      using _subscription = bench.host.events.subscribe({ owner: "test", pattern: "probe.>" }, resolve);
      await bench.ask("publish", { subject: "probe.sent", data: { n: 1 } });
      expect(await promise).toMatchObject({ subject: "probe.sent", data: { n: 1 }, from: "plugin/conformance" });
    },
  },
  {
    title: "an event under a subject that was not granted is refused",
    run: async (bench) => {
      await expect(bench.ask("publish", { subject: "outside.bell", data: null })).rejects.toMatchObject({
        code: "PERMISSION_DENIED",
      });
    },
  },
  {
    title: "a subscription hears events in the order they were published",
    run: async (bench) => {
      await bench.ask("subscribe", "outside.*");
      for (let n = 0; n < 50; n++) bench.host.events.publish({ subject: "outside.count", data: n, from: "host" });
      const events = await heard(bench, 50);
      expect(events.map(({ data }) => data)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      expect(events[0]).toMatchObject({ subject: "outside.count", from: "host" });
      await bench.ask("unsubscribe", "outside.*");
    },
  },
  {
    title: "a subscription that was ended hears nothing more",
    run: async (bench) => {
      await bench.ask("subscribe", "outside.*");
      await bench.ask("unsubscribe", "outside.*");
      await bench.ask("subscribe", "probe.marker");
      bench.host.events.publish({ subject: "outside.count", data: 1, from: "host" });
      bench.host.events.publish({ subject: "probe.marker", data: 2, from: "host" });
      expect((await heard(bench, 1)).map(({ subject }) => subject)).toEqual(["probe.marker"]);
      await bench.ask("unsubscribe", "probe.marker");
    },
  },
  {
    title: "a plugin hears what it publishes itself",
    run: async (bench) => {
      await bench.ask("subscribe", "probe.own");
      await bench.ask("publish", { subject: "probe.own", data: "me" });
      expect(await heard(bench, 1)).toMatchObject([{ data: "me", from: "plugin/conformance" }]);
      await bench.ask("unsubscribe", "probe.own");
    },
  },
  {
    title: "a subscription to what was not granted is refused",
    run: async (bench) => {
      await expect(bench.ask("subscribe", "secret.>")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
];
