import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BusEvent } from "@berth/contract";
import { until } from "../../test/open-capabilities.ts";
import { createEventBus, type Subscriber } from "./event-bus.ts";

const event = (subject: string, data: BusEvent["data"] = null, from = "host"): BusEvent => ({ subject, data, from });
/** Lets everything that is ready be delivered. */
const settle = async (turns = 5): Promise<void> => {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
};

function openBus(maxWaiting?: number) {
  const errors: [unknown, Subscriber][] = [];
  const drops: [number, Subscriber][] = [];
  const bus = createEventBus({
    onListenerError: (error, subscriber) => errors.push([error, subscriber]),
    onDropped: (dropped, subscriber) => drops.push([dropped, subscriber]),
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  return { bus, errors, drops };
}

describe("createEventBus", () => {
  test("brings an event to whoever listens to its subject, later", async () => {
    const { bus } = openBus();
    const heard: string[] = [];
    for (const pattern of ["run.finished", "run.*", ">", "plugin.>"]) {
      bus.subscribe({ owner: "host", pattern }, ({ subject }) => void heard.push(`${pattern} ${subject}`));
    }
    bus.publish(event("run.finished"));
    expect(heard).toEqual([]);
    await settle();
    expect(heard).toEqual(["run.finished run.finished", "run.* run.finished", "> run.finished"]);
  });

  test("keeps the order in which each publisher published, for every subscriber", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 }),
        fc.boolean(),
        async (from, isSlow) => {
          const { bus } = openBus();
          const heard: BusEvent[] = [];
          bus.subscribe({ owner: "host", pattern: ">" }, async (each) => {
            if (isSlow) await Promise.resolve();
            heard.push(each);
          });
          const published = from.map((publisher, i) => event("x", i, publisher));
          for (const each of published) bus.publish(each);
          await settle();
          expect(heard).toEqual(published);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("a slow subscriber stalls neither the publisher nor another one", async () => {
    const { bus } = openBus();
    let isSlowDone = false;
    const heard: unknown[] = [];
    const gate = Promise.withResolvers<void>();
    bus.subscribe({ owner: "plugin/slow", pattern: ">" }, async () => {
      await gate.promise;
      isSlowDone = true;
    });
    bus.subscribe({ owner: "plugin/quick", pattern: ">" }, ({ data }) => void heard.push(data));
    for (let i = 0; i < 3; i++) bus.publish(event("x", i));
    await settle();
    expect([heard, isSlowDone]).toEqual([[0, 1, 2], false]);
    gate.resolve();
    await settle();
    expect(isSlowDone).toBe(true);
  });

  test("of a full queue the oldest event gives way, counted and told once the subscriber has caught up", async () => {
    const { bus, drops } = openBus(3);
    const heard: unknown[] = [];
    const subscriber = { owner: "plugin/slow", pattern: "x" };
    const subscription = bus.subscribe(subscriber, ({ data }) => void heard.push(data));
    for (let i = 0; i < 10; i++) bus.publish(event("x", i));
    await settle();
    expect([heard, subscription.dropped, drops]).toEqual([[7, 8, 9], 7, [[7, subscriber]]]);
    bus.publish(event("x", 10));
    await settle();
    expect([heard.at(-1), drops.length]).toEqual([10, 1]);
  });

  test("a listener that never comes back costs a bounded queue and nobody else", async () => {
    const { bus } = openBus(10);
    const stuck = bus.subscribe({ owner: "plugin/stuck", pattern: ">" }, () => new Promise(() => undefined));
    const heard: unknown[] = [];
    bus.subscribe({ owner: "host", pattern: ">" }, ({ data }) => void heard.push(data));
    for (let i = 0; i < 100; i++) {
      bus.publish(event("x", i));
      await settle(1);
    }
    await settle();
    expect(heard).toHaveLength(100);
    expect(stuck.dropped).toBeGreaterThanOrEqual(80);
  });

  test("a listener that throws or rejects goes on hearing, and so do the others", async () => {
    const { bus, errors } = openBus();
    const heard: unknown[] = [];
    bus.subscribe({ owner: "plugin/a", pattern: ">" }, () => {
      throw new Error("thrown");
    });
    bus.subscribe({ owner: "plugin/b", pattern: ">" }, () => Promise.reject(new Error("rejected")));
    bus.subscribe({ owner: "plugin/c", pattern: ">" }, ({ data }) => void heard.push(data));
    bus.publish(event("x", 1));
    bus.publish(event("x", 2));
    await settle();
    expect(heard).toEqual([1, 2]);
    expect(errors.map(([error, { owner }]) => `${owner} ${(error as Error).message}`).sort()).toEqual([
      "plugin/a thrown",
      "plugin/a thrown",
      "plugin/b rejected",
      "plugin/b rejected",
    ]);
  });

  test("two listeners that answer each other leave the thread to everybody else", async () => {
    const { bus } = openBus();
    let answers = 0;
    bus.subscribe({ owner: "plugin/a", pattern: "ping" }, () => {
      answers++;
      bus.publish(event("pong"));
    });
    const other = bus.subscribe({ owner: "plugin/b", pattern: "pong" }, () => bus.publish(event("ping")));
    bus.publish(event("ping"));
    // A timer fires between the answers, and again.
    const before = answers;
    await new Promise((resolve) => setTimeout(resolve, 1));
    await until(() => answers > before + 10);
    expect(answers).toBeGreaterThan(10);
    other[Symbol.dispose]();
    await settle();
  });

  test("an ended subscription hears nothing more, not even what waited", async () => {
    const { bus } = openBus();
    const heard: unknown[] = [];
    const subscription = bus.subscribe({ owner: "host", pattern: ">" }, ({ data }) => {
      heard.push(data);
      subscription[Symbol.dispose]();
    });
    for (let i = 0; i < 3; i++) bus.publish(event("x", i));
    await settle();
    bus.publish(event("x", 3));
    await settle();
    subscription[Symbol.dispose]();
    expect(heard).toEqual([0]);
  });
});
