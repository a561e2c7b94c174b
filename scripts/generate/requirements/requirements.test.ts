import { describe, expect, test } from "vitest";
import { makeTemporaryTree } from "../../source/temporary-tree.ts";
import { findGaps, type RequirementData, requirementsPage } from "./requirements-page.ts";
import { expandScope } from "./scope.ts";
import { collectTitles } from "./titles.ts";

const DATA: RequirementData = {
  ledger: { "SIG-1": "First", "SIG-2": "Second", "SIG-3": "Third" },
  scope: ["SIG-1", "SIG-2"],
  notTested: { "SIG-2": "it is a plan, not a behaviour." },
  tests: [{ file: "packages/a/src/a.test.ts", title: "a does [b]", ids: ["SIG-1", "SIG-3"] }],
};

describe("collectTitles", () => {
  function collect(source: string) {
    using tree = makeTemporaryTree({ "a.test.ts": source });
    return collectTitles(tree.path, ["a.test.ts"]);
  }

  // Built from parts, so that the titles below are not taken for tests of this repository.
  const id = (number: number): string => ["SIG", number].join("-");

  test("reads ids at the end of titles, of tables too", () => {
    const source = [
      `test("a stops [${id(1)}, ${id(2)}]", () => {});`,
      `test.each([1])('it\\'s %i [${id(3)}]', () => {});`,
      `describe.each([["b", 1], ["c [${id(4)}] [${id(5)}]", 2]])("%s", () => {});`,
      `test("no ids [1]", () => {}); // test("comment [${id(5)}]")`,
      `const text = "not a title [${id(6)}]";`,
    ].join("\n");
    expect(collect(source)).toEqual({
      tests: [
        { file: "a.test.ts", title: "a stops", ids: [id(1), id(2)] },
        { file: "a.test.ts", title: "it's %i", ids: [id(3)] },
        { file: "a.test.ts", title: "c", ids: [id(4), id(5)] },
      ],
      problems: [],
    });
  });

  test("refuses a range, which would hide what is covered", () => {
    expect(collect(`test("a [${id(1)} to ${id(9)}]", () => {});`).problems).toEqual([
      `a.test.ts: "a [${id(1)} to ${id(9)}]" must list ids one by one, such as [SIG-1, SIG-2]; found "${id(1)} to ${id(9)}"`,
    ]);
  });
});

describe("expandScope", () => {
  test("takes ids and ranges", () => {
    expect(expandScope(["SIG-9..SIG-11", "RPT-1"])).toEqual(["SIG-9", "SIG-10", "SIG-11", "RPT-1"]);
  });

  test.each(["SIG", "SIG-3..SIG-1", "SIG-1..RPT-2", "SIG-1-2"])("refuses %s", (entry) => {
    expect(() => expandScope([entry])).toThrow(`"${entry}" is neither an id nor a range`);
  });
});

describe("findGaps", () => {
  test("is content when every id in scope has a test or a sentence", () => {
    expect(findGaps(DATA)).toEqual([]);
  });

  test.each<[string, Partial<RequirementData>, string]>([
    ["an id with neither", { notTested: {} }, "SIG-2 (Second) has neither a test nor a sentence in not-tested.json"],
    [
      "a sentence that a test outdated",
      { notTested: { ...DATA.notTested, "SIG-1": "why" } },
      "SIG-1 has a test now; remove its sentence from not-tested.json",
    ],
    [
      "a test of an unknown id",
      { tests: [...DATA.tests, { file: "b.test.ts", title: "b", ids: ["SIG-999"] }] },
      'b.test.ts: "b" names SIG-999, which is not in ledger.json',
    ],
    [
      "a sentence for an unknown id",
      { notTested: { ...DATA.notTested, "RPT-9": "why" } },
      "RPT-9 is not in ledger.json",
    ],
  ])("names %s", (_, change, problem) => {
    expect(findGaps({ ...DATA, ...change })).toEqual([problem]);
  });
});

test("requirementsPage links each id to its tests and counts", () => {
  const page = requirementsPage(DATA);
  expect(page).toContain(
    "In scope: 2. With a test: 1. With a sentence: 1. Not yet in scope: 1, of which 1 have a test already.",
  );
  expect(page).toContain(`| SIG-1 | First | [a does \\[b\\]](../../packages/a/src/a.test.ts) |`);
  expect(page).toContain("| SIG-2 | Second | No test: it is a plan, not a behaviour. |");
  expect(page.split("## Ahead of scope")[1]).toContain("| SIG-3 | Third |");
});
