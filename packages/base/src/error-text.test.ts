import { expect, test } from "vitest";
import { causeChain, errorMessage } from "./error-text.ts";

test.each([
  [new Error("boom"), "boom"],
  [new TypeError(""), "TypeError"],
  ["text", "text"],
  [null, "a thrown null"],
  [{ message: "no error" }, "a thrown object"],
])("errorMessage of %o is %o", (thrown, expected) => {
  expect(errorMessage(thrown)).toBe(expected);
});

test("causeChain goes down the causes and survives a cycle", () => {
  const inner = new Error("inner");
  const outer = new Error("outer", { cause: inner });
  inner.cause = outer;
  expect(causeChain(outer)).toEqual(["outer", "inner"]);
  let deep = new Error("0");
  for (let i = 1; i < 20; i++) deep = new Error(String(i), { cause: deep });
  expect(causeChain(deep)).toHaveLength(8);
});
