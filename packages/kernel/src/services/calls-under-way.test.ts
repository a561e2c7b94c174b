import { expect, test } from "vitest";
import { RetryBudget } from "../calls/retry-budget.ts";
import { CallsUnderWay } from "./calls-under-way.ts";

test("CallsUnderWay knows what a plugin is doing in a family of calls, the innermost of several, until it is done", () => {
  const calls = new CallsUnderWay();
  const outer = ["host", "a.one"];
  const inner = ["host", "a.one", "b.two", "a.one"];
  const budget = new RetryBudget();
  const first = calls.enter("plugin/a", { correlationId: "run-1", deadline: 9 }, outer);
  const second = calls.enter("plugin/a", { correlationId: "run-1", deadline: 7 }, inner, budget);
  const other = calls.enter("plugin/a", { correlationId: "run-2", deadline: 8 }, outer);
  expect([calls.find("plugin/a", "run-1"), calls.find("plugin/a", "run-2")]).toEqual([
    { chain: inner, deadline: 7, budget },
    { chain: outer, deadline: 8 },
  ]);
  expect([calls.find("plugin/b", "run-1"), calls.find("plugin/a", "run-3"), calls.find("a", "")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  expect([calls.find("plugin/a", "run-1"), calls.count]).toEqual([{ chain: outer, deadline: 9 }, 2]);
  for (const call of [first, other]) call[Symbol.dispose]();
  expect([calls.count, calls.find("plugin/a", "run-1")]).toEqual([0, undefined]);
});
