import { expect, test } from "vitest";
import { CallsUnderWay } from "./calls-under-way.ts";

test("CallsUnderWay knows what a plugin is doing in a family of calls, the innermost of several, until it is done", () => {
  const calls = new CallsUnderWay();
  const outer = { chain: ["host", "a.one"], deadline: 9 };
  const inner = { chain: ["host", "a.one", "b.two", "a.one"], deadline: 7 };
  const first = calls.enter("plugin/a", "run-1", outer);
  const second = calls.enter("plugin/a", "run-1", inner);
  const other = calls.enter("plugin/a", "run-2", outer);
  expect([calls.find("plugin/a", "run-1"), calls.find("plugin/a", "run-2")]).toEqual([inner, outer]);
  expect([calls.find("plugin/b", "run-1"), calls.find("plugin/a", "run-3"), calls.find("a", "")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  expect(calls.find("plugin/a", "run-1")).toBe(outer);
  for (const call of [first, other]) call[Symbol.dispose]();
  expect([calls.count, calls.find("plugin/a", "run-1")]).toEqual([0, undefined]);
  calls.enter("plugin/a", "run-1", inner);
  first[Symbol.dispose]();
  expect(calls.find("plugin/a", "run-1")).toBe(inner);
});
