import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

const NAMES = ["a", "b", "c", "d"];

const works = fc.array(
  fc.record({
    names: fc.subarray(NAMES, { minLength: 1 }),
    turns: fc.nat(3),
    restTurns: fc.nat(3),
    fails: fc.boolean(),
    restFails: fc.boolean(),
    /** How long after the one before it comes. */
    after: fc.nat(2),
  }),
  { maxLength: 20 },
);

const pass = async (turns: number, fails: boolean): Promise<void> => {
  for (let at = 0; at < turns; at++) await turn();
  if (fails) throw new Error("not today");
};

test("Lanes do one thing at a time to each name, its rest included, in the order it was asked, and come to an end", async () => {
  await fc.assert(
    fc.asyncProperty(works, async (all) => {
      const lanes = new Lanes();
      const busy = new Map<string, number>();
      const order = new Map(NAMES.map((name) => [name, [] as number[]]));
      const leave = (names: string[]): void => names.forEach((name) => busy.delete(name));
      const asked: Promise<string>[] = [];
      for (const [index, { names, turns, restTurns, fails, restFails, after }] of all.entries()) {
        await pass(after, false);
        const work = lanes.run(names, async (until) => {
          for (const name of names) {
            expect(busy.get(name), `${name} is free`).toBeUndefined();
            busy.set(name, index);
            order.get(name)!.push(index);
          }
          until(pass(turns + restTurns, restFails).finally(() => leave(names)));
          await pass(turns, fails);
        });
        asked.push(
          work.then(
            () => "done",
            (error: Error) => error.message,
          ),
        );
      }
      expect(await Promise.all(asked)).toEqual(all.map(({ fails }) => (fails ? "not today" : "done")));
      await lanes.idle();
      expect(busy.size).toBe(0);
      for (const [name, done] of order) {
        expect(done).toEqual(all.flatMap(({ names }, index) => (names.includes(name) ? [index] : [])));
      }
    }),
    { numRuns: 100 },
  );
});
