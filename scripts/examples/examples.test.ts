import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findExamples } from "./find-examples.ts";
import { runExamples } from "./run-examples.ts";
import { toModule } from "./to-module.ts";

const ROOT = join(import.meta.dirname, "../..");
const outcomes = runExamples(ROOT, findExamples(ROOT, ["base", "contract", "sdk"]));

describe("the example in the doc comment at", () => {
  test.for(outcomes.map(({ example, failures }) => [`${example.file}:${example.line}`, failures] as const))(
    "%s runs and gives what it says",
    ([, failures]) => {
      expect(failures).toEqual([]);
    },
  );
});

test("the examples compare values, not only run", () => {
  expect(outcomes.reduce((sum, { checks }) => sum + checks, 0)).toBeGreaterThan(outcomes.length / 2);
});

describe("runExamples", () => {
  const run = (code: string) => runExamples(ROOT, [{ file: "packages/base/src/nearest.ts", line: 1, code }])[0];

  test("reports a value that is not what the comment says", () => {
    expect(run(`const a = 1;\na + 1; // 3`)).toMatchObject({
      checks: 1,
      failures: ["line 2 gives 2, its comment says 3"],
    });
  });

  test("reports an example that throws, or cannot be read", () => {
    expect(run(`throw new TypeError("no");`)?.failures).toEqual(["no"]);
    expect(run(`const a = ;`)?.failures).toHaveLength(1);
  });

  test("knows the package's names, a context and a call", () => {
    const code = `nearest("a", ["ab"]); // "ab"\n(await ctx.fetch("https://example.org")).status; // 200\ncall.attempt; // 1`;
    expect(run(code)).toMatchObject({ checks: 3, failures: [] });
  });
});

describe("toModule", () => {
  const body = (code: string): string => toModule(code, new Map()).replace("export {};\n", "");

  test.for([
    ["a; // 1", "check(a, (1), 1); // 1"],
    ["const a = 1;\n`${a}`; // '1'", "const a = 1;\ncheck(`${a}`, ('1'), 2); // '1'"],
    ["f({\n  a: 1,\n});\n// [1]", "check(f({\n  a: 1,\n}), ([1]), 1);\n// [1]"],
    [
      "class A {\n  b;\n}\nnew A().b; // undefined",
      "class A {\n  b;\n}\ncheck(new A().b, (undefined), 4); // undefined",
    ],
    ["await f(); // { a: 1 }", "check(await f(), ({ a: 1 }), 1); // { a: 1 }"],
    ["f(); // starts it", "f(); // starts it"],
    ["const a = 1; // 2", "const a = 1; // 2"],
    ["f(() => { a; // 1\n});", "f(() => { a; // 1\n});"],
    ["f();\n\n// 1", "f();\n\n// 1"],
  ])("reads the value behind %j", ([code, expected]) => {
    expect(body(code!)).toBe(expected);
  });

  test("imports what is used and not declared, each name once", () => {
    const modules = new Map([
      ["file:///a", ["x", "y", "ctx"]],
      ["file:///b", ["x", "z"]],
    ]);
    expect(toModule("const { ctx } = make(x);\nz(y);", modules).split("\n").slice(0, 2)).toEqual([
      'import { x, y } from "file:///a";',
      'import { z } from "file:///b";',
    ]);
  });
});
