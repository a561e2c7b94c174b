import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "@berth/base";
import type { BusEvent } from "@berth/contract";
import { type BusRequestOptions, createEventBus, type EventBus, type Subscriber } from "./event-bus.ts";

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
          expect(heard).toEqual(published.map((each, i) => ({ ...each, number: i + 1 })));
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
    await expect.poll(() => answers, { interval: 1 }).toBeGreaterThan(10);
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

describe("createEventBus keeps a queue within its bounds [RPT-55]", () => {
  test("by bytes too", async () => {
    const bus = createEventBus({
      onListenerError: () => undefined,
      onDropped: () => undefined,
      maxWaitingBytes: 17_000,
    });
    const heard: [data: unknown, dropped: number | undefined][] = [];
    bus.subscribe({ owner: "host", pattern: "x" }, ({ data, dropped }) => {
      heard.push([(data as string).length, dropped]);
    });
    for (const length of [3_000, 1_000, 1_001, 8_000, 1]) bus.publish(event("x", "x".repeat(length)));
    await settle();
    expect(heard).toEqual([
      [8_000, 3],
      [1, undefined],
    ]);
  });

  test("a subscription with several patterns hears what fits them once, in one order", async () => {
    const { bus } = openBus();
    const heard: unknown[] = [];
    const subscription = bus.subscribe(
      { owner: "host", pattern: "a.*", further: ["a.b", "c"] },
      ({ subject, data }) => void heard.push(`${subject} ${JSON.stringify(data)}`),
    );
    for (const [n, subject] of ["a.b", "c", "d", "a.x"].entries()) bus.publish(event(subject, n));
    await settle();
    subscription[Symbol.dispose]();
    bus.publish(event("a.b", 9));
    await settle();
    expect(heard).toEqual(["a.b 0", "c 1", "a.x 3"]);
  });
});

describe("EventBus.request [RPT-54]", () => {
  const ask = (bus: EventBus, more: Partial<BusRequestOptions> = {}): Promise<unknown> =>
    bus.request(event("sum", [1, 2]), { timeoutMs: 60_000, ...more });
  const never = (): Promise<never> => new Promise<never>(() => undefined);

  test("resolves with the first reply, whoever else hears it", async () => {
    const { bus } = openBus();
    bus.subscribe({ owner: "plugin/silent", pattern: ">" }, () => undefined);
    bus.subscribe({ owner: "plugin/slow", pattern: "sum" }, never);
    bus.subscribe({ owner: "plugin/a", pattern: "sum" }, async ({ data }) => (data as number[]).length);
    expect(await ask(bus)).toBe(2);
  });

  test("fails at once when nobody listens, and as soon as all who did have returned nothing", async () => {
    const { bus } = openBus();
    await expect(ask(bus)).rejects.toMatchObject({ code: "EVENT_NO_RESPONDER" });
    bus.subscribe({ owner: "plugin/silent", pattern: "sum" }, async () => undefined);
    const quick = bus.subscribe({ owner: "plugin/gone", pattern: "sum" }, () => undefined);
    const asked = ask(bus);
    quick[Symbol.dispose]();
    await expect(asked).rejects.toMatchObject({ code: "EVENT_NO_RESPONDER" });
  });

  test("fails with what a listener threw, when nobody else replies", async () => {
    const { bus, errors } = openBus();
    bus.subscribe({ owner: "plugin/bad", pattern: "sum" }, () => {
      throw new Error("no numbers");
    });
    await expect(ask(bus)).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: expect.stringContaining("no numbers"),
    });
    expect(errors).toHaveLength(1);
    bus.subscribe({ owner: "plugin/good", pattern: "sum" }, async () => {
      await Promise.resolve();
      return 3;
    });
    expect(await ask(bus)).toBe(3);
  });

  test("fails when the time is over or the caller gives up, and tells whoever is at it", async () => {
    const clock = new ManualClock();
    const bus = createEventBus({ clock, onListenerError: () => undefined, onDropped: () => undefined });
    const given: unknown[] = [];
    const deadlines: number[] = [];
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    bus.subscribe({ owner: "plugin/slow", pattern: "sum" }, ({ request }) => {
      request!.signal.addEventListener("abort", () => given.push("told"));
      begun[deadlines.push(request!.deadline) - 1]!.resolve();
      request!.replyLater(never());
    });
    const late = expect(ask(bus, { timeoutMs: 500 })).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
    await begun[0]!.promise;
    await clock.advance(500);
    await late;
    const caller = new AbortController();
    const cancelled = ask(bus, { signal: caller.signal });
    await begun[1]!.promise;
    caller.abort(new Error("enough"));
    await expect(cancelled).rejects.toThrow("enough");
    expect([given, deadlines]).toEqual([
      ["told", "told"],
      [clock.now(), clock.now() + 60_000],
    ]);
  });

  test("that nobody waits for any more is not heard, and one lost in a full queue has no reply", async () => {
    const { bus } = openBus(1);
    const heard: unknown[] = [];
    bus.subscribe({ owner: "plugin/a", pattern: "sum" }, ({ request }) => void heard.push(request !== undefined));
    const caller = new AbortController();
    const cancelled = ask(bus, { signal: caller.signal });
    caller.abort(new Error("enough"));
    await expect(cancelled).rejects.toThrow("enough");
    await settle();
    expect(heard).toEqual([]);
    const lost = ask(bus);
    bus.publish(event("sum"));
    await expect(lost).rejects.toMatchObject({ code: "EVENT_NO_RESPONDER" });
    await settle();
    expect(heard).toEqual([false]);
  });
});
