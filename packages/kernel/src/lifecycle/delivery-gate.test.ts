import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { DeliveryGate } from "./delivery-gate.ts";

const REPLACED = 20;

/** Gates of generations that follow one another, those before the last one gone. */
function replaceAgainAndAgain(first: DeliveryGate): { last: DeliveryGate; gone: WeakRef<DeliveryGate>[] } {
  const gone: WeakRef<DeliveryGate>[] = [];
  let last = first;
  for (let replaced = 0; replaced < REPLACED; replaced++) {
    const next = new DeliveryGate("closed");
    next.follow(last);
    last.close();
    next.open();
    last[Symbol.dispose]();
    if (last !== first) gone.push(new WeakRef(last));
    last = next;
  }
  return { last, gone };
}

test("A DeliveryGate that is gone holds none of those after it, whoever may still know it [FLX-46]", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const first = new DeliveryGate("open");
  const { last, gone } = replaceAgainAndAgain(first);
  // What a weak reference led to lives until the turn is over.
  await turn();
  collect();
  expect(gone.filter((gate) => gate.deref())).toEqual([]);
  expect([first, last].map((gate) => gate.pass(() => "delivered"))).toEqual([undefined, "delivered"]);
});
