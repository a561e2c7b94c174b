import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import type { Save } from "./save.ts";
import { Settler, type SettlerRules } from "./settler.ts";

test("Settler reports once when it has been quiet", async () => {
  const { clock, settler, reports } = setUp();
  settler.touch();
  await clock.advance(9);
  settler.touch();
  await clock.advance(9);
  expect(reports).toEqual([]);
  await clock.advance(1);
  expect(reports).toEqual([19]);
  await clock.advance(1_000);
  expect(reports).toEqual([19]);
});

test("Settler leaves less than a millisecond to turns of the event loop, which a timer would be late for", async () => {
  const { clock, settler, reports } = setUp();
  settler.touch();
  await clock.advance(0.5);
  settler.touch();
  await clock.advance(9.5);
  expect({ reports, timers: clock.pendingTimers }).toEqual({ reports: [], timers: 0 });
  await clock.advance(0.5);
  expect(reports).toEqual([10.5]);
});

test("Settler hears what changed while the thread was busy before it reports", async () => {
  let nowMs = 0;
  let fire = (): void => undefined;
  const reports: number[] = [];
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer(given) {
      fire = given;
      return { [Symbol.dispose]: () => undefined };
    },
  };
  using settler = new Settler(
    { clock, settleMs: 10, onError: () => undefined },
    { report: () => void reports.push(nowMs) },
  );
  settler.touch();
  nowMs = 15;
  // Late, in the same turn as the news of a change.
  fire();
  settler.touch();
  await nextTurn();
  expect(reports).toEqual([]);
  nowMs = 25;
  fire();
  await nextTurn();
  expect(reports).toEqual([25]);
});

test("Settler begins a report in the first pause for who hears early, and says when what it is about is over", async () => {
  const { clock, settler, reports, saves } = setUp({ isEarly: true, during: () => new Promise(() => undefined) });
  for (const afterMs of [0.5, 0.5, 1]) {
    settler.touch();
    await clock.advance(afterMs);
  }
  expect({ reports, isWhole: saves[0]!.isWhole, isOver: await isOver(saves[0]!) }).toEqual({
    reports: [2],
    isWhole: false,
    isOver: false,
  });
  await clock.advance(9);
  expect(await isOver(saves[0]!)).toBe(true);
});

test("Settler begins at once with what is whole", async () => {
  const { clock, settler, reports, saves } = setUp({ isEarly: true });
  settler.touch("unknown");
  await clock.advance(0.5);
  settler.touch("whole");
  await clock.advance(0);
  expect(reports).toEqual([0.5]);
  expect(saves[0]!.isWhole).toBe(true);
});

test("Settler waits for the name of what was made just now, and begins at once when it has it", async () => {
  const { clock, settler, reports, saves } = setUp({ isEarly: true, during: () => saves.at(-1)!.over });
  settler.touch("written");
  settler.touch("fresh");
  await clock.advance(9);
  settler.touch("gone");
  settler.touch("whole");
  await clock.advance(0);
  expect(reports).toEqual([9]);
  await clock.advance(100);
  expect(await isOver(saves[0]!)).toBe(true);
  settler.touch("fresh");
  await clock.advance(19);
  expect(reports).toEqual([9]);
  await clock.advance(1);
  expect(reports).toEqual([9, 129]);
});

test("Settler gives up a report that was begun too early, and begins the next when all is over", async () => {
  const signals: AbortSignal[] = [];
  const { clock, settler, reports, saves } = setUp({
    isEarly: true,
    during: (signal) => {
      signals.push(signal);
      return saves.at(-1)!.over;
    },
  });
  settler.touch("whole");
  await clock.advance(4);
  settler.touch("whole");
  await expect(saves[0]!.over).rejects.toMatchObject({ code: "CALL_CANCELLED" });
  expect(signals[0]!.aborted).toBe(true);
  await clock.advance(9);
  expect(reports).toEqual([0]);
  await clock.advance(1);
  expect({ reports, isOver: await isOver(saves[1]!) }).toEqual({ reports: [0, 14], isOver: true });
  // It may be a storm.
  settler.touch("whole");
  await clock.advance(1_990);
  settler.touch("whole");
  await clock.advance(0);
  expect(reports).toEqual([0, 14, 24, 2_004]);
});

test("Settler begins one report of a storm in vain, and others when it has waited long enough", async () => {
  const { clock, settler, reports, saves } = setUp({ isEarly: true, during: () => saves.at(-1)!.over });
  for (let ms = 0; ms < 300; ms += 2) {
    settler.touch("whole");
    await clock.advance(2);
  }
  await clock.advance(10);
  expect(reports).toEqual([0, 200, 308]);
  expect(await isOver(saves[1]!)).toBe(true);
});

test("Settler begins with nothing that is gone, or being written", async () => {
  const { clock, settler, reports } = setUp({ isEarly: true });
  settler.touch("gone");
  await clock.advance(49);
  settler.touch("written");
  await clock.advance(100);
  expect(reports).toEqual([]);
  settler.touch("whole");
  await clock.advance(0);
  expect(reports).toEqual([149]);
  settler.touch("written");
  await clock.advance(200);
  expect(reports).toEqual([149, 349]);
});

test("Settler waits longer for what is gone, which mostly comes again", async () => {
  const { clock, settler, reports } = setUp();
  settler.touch("gone");
  await clock.advance(40);
  settler.touch();
  await clock.advance(10);
  settler.touch("gone");
  await clock.advance(1_000);
  expect(reports).toEqual([50, 100]);
});

test("Settler does not wait for an end that does not come", async () => {
  const { clock, settler, reports } = setUp();
  for (let i = 0; i < 450; i++) {
    settler.touch();
    await clock.advance(1);
  }
  await clock.advance(100);
  expect(reports).toEqual([200, 400, 459]);
});

test("Settler makes one report at a time, and tells afterwards of what changed during it", async () => {
  const gate = Promise.withResolvers<void>();
  const { clock, settler, reports } = setUp({ during: () => gate.promise });
  settler.touch();
  await clock.advance(10);
  settler.touch();
  await clock.advance(500);
  settler.touch();
  await clock.advance(3);
  expect(reports).toEqual([10]);
  gate.resolve();
  await clock.advance(0);
  // The first of the changes has waited long enough.
  expect(reports).toEqual([10, 513]);
});

test("Settler reports again when a report fails, three times in all", async () => {
  const errors: unknown[] = [];
  const { clock, settler, reports } = setUp({
    during: () => Promise.reject(new Error("no")),
    onError: (error) => errors.push(error),
  });
  settler.touch();
  await clock.advance(10_000);
  expect(reports).toEqual([10, 1_010, 2_010]);
  expect(errors).toEqual([new Error("no"), new Error("no"), new Error("no")]);
  settler.touch();
  await clock.advance(10);
  expect(reports).toHaveLength(4);
});

test("Settler gives a report up that is at it for five seconds when something changes meanwhile, and makes the next", async () => {
  const signals: AbortSignal[] = [];
  const errors: unknown[] = [];
  const { clock, settler, reports } = setUp({
    during: (signal) => (signals.push(signal), new Promise(() => undefined)),
    onError: (error) => errors.push(error),
  });
  settler.touch();
  await clock.advance(6_000);
  expect(signals[0]!.aborted).toBe(false);
  settler.touch();
  await clock.advance(200);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(reports).toEqual([10, 6_200]);
  settler.touch();
  await clock.advance(4_900);
  expect(reports).toHaveLength(2);
  await clock.advance(100);
  expect(reports).toEqual([10, 6_200, 11_200]);
  expect(errors).toEqual([]);
});

test("Settler goes on when a report never ends, and says so", async () => {
  const errors: unknown[] = [];
  const signals: AbortSignal[] = [];
  const { clock, settler, reports } = setUp({
    during: (signal) => (signals.push(signal), new Promise(() => undefined)),
    onError: (error) => errors.push(error),
  });
  settler.touch();
  await clock.advance(900_010);
  expect(errors).toEqual([new Error("A reported change was not done with after 900000 ms")]);
  expect(signals[0]!.aborted).toBe(true);
  await clock.advance(1_000);
  expect(reports).toEqual([10, 901_010]);
  settler[Symbol.dispose]();
});

test("Settler ends what is under way when disposed, and leaves no timer", async () => {
  const errors: unknown[] = [];
  const { clock, settler, reports } = setUp({
    during: () => new Promise(() => undefined),
    onError: (error) => errors.push(error),
  });
  settler.touch();
  await clock.advance(10);
  settler.touch();
  settler[Symbol.dispose]();
  settler[Symbol.dispose]();
  settler.touch();
  await clock.advance(10_000);
  expect({ reports, errors, timers: clock.pendingTimers }).toEqual({ reports: [10], errors: [], timers: 0 });
});

/** By now. */
function isOver({ over }: Save): Promise<boolean> {
  return Promise.race([over.then(() => true), nextTurn(false)]);
}

interface Setting {
  isEarly?: boolean;
  during?: (signal: AbortSignal) => Promise<void>;
  onError?: (error: unknown) => void;
}

function setUp({ during = () => Promise.resolve(), isEarly = false, onError }: Setting = {}) {
  const clock = new ManualClock();
  const reports: number[] = [];
  const saves: Save[] = [];
  const rules: SettlerRules = {
    settleMs: 10,
    clock,
    onError:
      onError ??
      ((error) => {
        throw error;
      }),
  };
  const settler = new Settler(rules, {
    isEarly,
    report(signal, save) {
      reports.push(clock.monotonicMs());
      saves.push(save);
      return during(signal);
    },
  });
  return { clock, settler, reports, saves };
}
