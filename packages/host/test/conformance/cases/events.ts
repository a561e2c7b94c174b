import { setImmediate } from "node:timers/promises";
import type { JsonValue } from "@berth/base";
import { type BusEvent, subjectMatcher } from "@berth/contract";
import * as fc from "fast-check";
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
  {
    title: "every listener hears each publisher in order, whatever they listen to [RPT-55, OPS-19]",
    run: async (bench) => {
      const subject = fc.constantFrom("probe.a", "probe.b.c", "outside.x");
      const pattern = fc.constantFrom("probe.>", "probe.*", "probe.a", "outside.*", "probe.b.c");
      const publication = fc.record({ isOwn: fc.boolean(), subject });
      await fc.assert(
        fc.asyncProperty(
          fc.array(pattern, { maxLength: 6 }),
          fc.array(publication, { maxLength: 40 }),
          async (patterns, publications) => {
            await bench.ask("listenTo", ["probe.last", ...patterns]);
            const all = publications.map(({ isOwn, subject: to }, n) => {
              const isOutside = to.startsWith("outside");
              return { from: isOwn && !isOutside ? "plugin/conformance" : "host", subject: to, data: n };
            });
            const own = all.filter(({ from }) => from !== "host");
            const published = bench.ask(
              "publishAll",
              own.map((each) => [each.subject, each.data]),
            );
            for (const each of all) if (each.from === "host") bench.host.events.publish(each);
            await published;
            bench.host.events.publish({ subject: "probe.last", data: "last", from: "host" });
            let heardByAll: [from: string, data: unknown][][];
            do {
              await setImmediate();
              heardByAll = (await bench.ask("heardByAll")) as typeof heardByAll;
            } while (heardByAll[0]!.length === 0);
            await bench.ask("listenNoMore");
            for (const [at, wanted] of patterns.entries()) {
              const isFit = subjectMatcher(wanted);
              for (const from of ["host", "plugin/conformance"]) {
                const expected = all
                  .filter((each) => each.from === from && isFit(each.subject))
                  .map(({ data }) => data);
                const found = heardByAll[at + 1]!.filter(([by, data]) => by === from && data !== "last");
                expect(found.map(([, data]) => data)).toEqual(expected);
              }
            }
          },
        ),
        { numRuns: 8 },
      );
    },
  },
  {
    title: "a request of the plugin gets the reply of whoever listens [RPT-54]",
    run: async (bench) => {
      const asked: unknown[] = [];
      using _one = bench.host.events.subscribe({ owner: "test", pattern: "probe.sum" }, ({ data, from }) => {
        asked.push([data, from]);
        return { sum: 3 };
      });
      expect(await bench.ask("request", { subject: "probe.sum", data: [1, 2] })).toEqual({ sum: 3 });
      expect(asked).toEqual([[[1, 2], "plugin/conformance"]]);
    },
  },
  {
    title: "a request that nobody replies to fails at once, one that nobody ends in time fails then [RPT-54]",
    run: async (bench) => {
      const nobody = bench.ask("request", { subject: "probe.nobody", data: null });
      await expect(nobody).rejects.toMatchObject({ code: "EVENT_NO_RESPONDER" });
      using _slow = bench.host.events.subscribe({ owner: "test", pattern: "probe.slow" }, async () => {
        await new Promise(() => undefined);
      });
      const late = bench.ask("request", { subject: "probe.slow", data: null, timeoutMs: 20 });
      await expect(late).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
    },
  },
  {
    title: "a request under a subject that was not granted is refused [RPT-54]",
    run: async (bench) => {
      const denied = bench.ask("request", { subject: "outside.sum", data: null });
      await expect(denied).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
  {
    title: "a request that the plugin gives up is over for whoever works on it [RPT-54]",
    run: async (bench) => {
      const given = Promise.withResolvers<void>();
      const caller = new AbortController();
      using _slow = bench.host.events.subscribe({ owner: "test", pattern: "probe.slow" }, ({ request }) => {
        request!.signal.addEventListener("abort", () => given.resolve());
        caller.abort(new Error("not wanted any more"));
        return given.promise;
      });
      const asked = bench.ask("request", { subject: "probe.slow", data: null }, { signal: caller.signal });
      await expect(asked).rejects.toThrow();
      await given.promise;
    },
  },
  {
    title: "a listener of the plugin replies, at once or later, and knows that it is asked [RPT-54]",
    run: async (bench) => {
      const replies: [how: string, data: JsonValue, reply: JsonValue][] = [
        ["data", { n: [1] }, { got: { n: [1] } }],
        ["later", "x", "x"],
        ["isAsked", null, [true, true]],
      ];
      for (const [how, data, reply] of replies) {
        await bench.ask("reply", { subject: "outside.ask", how });
        expect(await ask(bench, data)).toEqual(reply);
        await bench.ask("unsubscribe", "outside.ask");
        await expect(ask(bench, data)).rejects.toMatchObject({ code: "EVENT_NO_RESPONDER" });
      }
    },
  },
  {
    title: "a listener of the plugin that returns nothing is no responder, one that throws says why [RPT-54]",
    run: async (bench) => {
      await bench.ask("reply", { subject: "outside.ask", how: "nothing" });
      await expect(ask(bench)).rejects.toMatchObject({ code: "EVENT_NO_RESPONDER" });
      await bench.ask("unsubscribe", "outside.ask");
      await bench.ask("reply", { subject: "outside.ask", how: "error" });
      await expect(ask(bench)).rejects.toMatchObject({ code: "CONFIG_INVALID", message: "not like this" });
      await bench.ask("unsubscribe", "outside.ask");
    },
  },
  {
    title: "a listener of the plugin is told when nobody waits for its reply any more [RPT-54]",
    run: async (bench) => {
      await bench.ask("reply", { subject: "outside.ask", how: "never" });
      const late = ask(bench, null, 20);
      await expect(late).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
      let given: unknown[] = [];
      while (given.length === 0) {
        given = (await bench.ask("given")) as unknown[];
        await setImmediate();
      }
      expect(given).toHaveLength(1);
      await bench.ask("unsubscribe", "outside.ask");
    },
  },
];

function ask(bench: ConformanceBench, data: JsonValue = null, timeoutMs = 20_000): Promise<JsonValue> {
  return bench.host.events.request({ subject: "outside.ask", data, from: "host" }, { timeoutMs });
}
