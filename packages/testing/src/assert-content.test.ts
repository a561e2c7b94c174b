import { describe, expect, test } from "vitest";
import { assertContent } from "./assert-content.ts";

describe("assertContent", () => {
  const fine = { title: "Oslo", lines: ["12°"] };

  test("gives back content that a host would take", () => {
    expect(assertContent(fine)).toBe(fine);
  });

  test.each([
    ["a value that is no JSON", { ...fine, subtitle: undefined }, "not plain JSON"],
    ["a missing title", { lines: [] }, "needs a title"],
    ["too many lines", { ...fine, lines: Array.from({ length: 201 }, () => "x") }, "201 lines, 200 are allowed"],
    ["a text too long", { ...fine, subtitle: "x".repeat(1_001) }, "a text of 1001 characters"],
    ["a ragged table", { ...fine, tables: [{ title: "T", columns: ["a"], rows: [["1", "2"]] }] }, "does not fit"],
  ])("refuses %s", (_what, content, message) => {
    expect(() => assertContent(content)).toThrow(message);
  });
});
