import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import { MOST_KEPT } from "./kept-generations.ts";
import { openStorage } from "./storage.ts";

const open = (clock = new ManualClock()) => openStorage({ path: ":memory:", clock }).generations;
const version = (digest: string, settings = {}) => ({ plugin: "clock", version: "1.0.0", digest, settings });

test("KeptGenerations knows which one is current, and what it was configured with [BWK-84]", async () => {
  const kept = open(new ManualClock(5_000));
  await kept.begin(version("a", { city: "Oslo" }));
  await kept.begin(version("b"));
  await kept.begin({ ...version("c"), plugin: "other" });
  expect(kept.list("clock").map(({ digest, isCurrent }) => [digest, isCurrent])).toEqual([
    ["b", true],
    ["a", false],
  ]);
  const [, first] = kept.list("clock");
  expect(first).toMatchObject({ settings: { city: "Oslo" }, since: 5_000, hasState: false });
  await kept.resume(first!);
  expect(kept.current("clock")).toMatchObject({ digest: "a" });
  expect(kept.digests().toSorted()).toEqual(["a", "b", "c"]);
});

test("KeptGenerations keeps state as it was handed on, JSON or bytes [OPS-46, FLX-21]", async () => {
  const kept = open();
  await kept.begin(version("a"));
  const current = kept.current("clock")!;
  expect(kept.state(current)).toBeUndefined();
  for (const value of [{ count: 3, list: [null, "x"] }, new Uint8Array([1, 2, 3]), null]) {
    await kept.keepState(current, { version: 2, value });
    expect(kept.state(current)).toEqual({ version: 2, value });
    expect(kept.current("clock")?.hasState).toBe(true);
  }
  await kept.keepState(current, undefined);
  expect(kept.current("clock")?.hasState).toBe(false);
});

test("KeptGenerations condemns what failed, until it is gone back to by command [OPS-47]", async () => {
  const kept = open();
  await kept.begin(version("a"));
  await kept.condemn("clock", "a");
  expect([kept.isCondemned("clock", "a"), kept.isCondemned("clock", "b")]).toEqual([true, false]);
  expect(kept.withCondemned()).toEqual(["clock"]);
  await kept.resume(kept.current("clock")!);
  expect(kept.isCondemned("clock", "a")).toBe(false);
});

test("KeptGenerations keeps the last ones, and always the current [BWK-84]", async () => {
  const clock = new ManualClock();
  const kept = open(clock);
  for (let n = 0; n < MOST_KEPT + 5; n++) {
    await clock.advance(1);
    await kept.begin(version(`d${n}`));
  }
  expect(kept.list("clock").map(({ digest }) => digest)).toEqual(
    Array.from({ length: MOST_KEPT }, (_, n) => `d${MOST_KEPT + 4 - n}`),
  );
});
