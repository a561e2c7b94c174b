import { LIFECYCLE_MOVES, LIFECYCLE_STATES, type LifecycleState, type LifecycleStep } from "@berth/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Lifecycle } from "./lifecycle.ts";

const STEPS: LifecycleStep[] = ["load", "activate", "stop", "unload", "fail", "reset"];

test("Lifecycle follows the table and refuses everything else, naming what is legal", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 40 }), (steps) => {
      const lifecycle = new Lifecycle("probe");
      let state: LifecycleState = "unloaded";
      for (const step of steps) {
        const next: LifecycleState | undefined = LIFECYCLE_MOVES[state][step];
        if (next) {
          lifecycle.move(step);
          state = next;
        } else {
          expect(() => lifecycle.move(step)).toThrow(`Cannot ${step} plugin "probe": it is ${state}`);
        }
        expect(lifecycle.state).toBe(state);
      }
    }),
  );
});

test("Lifecycle announces each move once, and no refused one", () => {
  const lifecycle = new Lifecycle("probe");
  const moves: string[] = [];
  using _listening = lifecycle.onDidMove(({ step, from, to }) => moves.push(`${step}: ${from} -> ${to}`));
  lifecycle.move("load");
  expect(() => lifecycle.move("stop")).toThrow("it is loaded, from which it can activate, unload, fail");
  lifecycle.move("fail");
  expect(moves).toEqual(["load: unloaded -> loaded", "fail: loaded -> failed"]);
});

test("Lifecycle lets every state be left", () => {
  for (const state of LIFECYCLE_STATES) expect(Object.keys(LIFECYCLE_MOVES[state])).not.toEqual([]);
});
