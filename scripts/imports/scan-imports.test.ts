import { describe, expect, test } from "vitest";
import { scanImports } from "./scan-imports.ts";

const found = (source: string): string[] =>
  scanImports(source).map((site) => `${site.kind} ${site.specifier ?? "(computed)"}`);

describe("scanImports finds", () => {
  test.for([
    [`import "a";`, "static a"],
    [`import a from 'b'`, "static b"],
    [`import * as a from "b";`, "static b"],
    [`import a, { b as c, type D } from "e";`, "static e"],
    [`import {\n  a,\n  b,\n} from\n  "c";`, "static c"],
    [`import { type A } from "b";`, "static b"],
    [`import type { A } from "b";`, "type b"],
    [`import type A from "b";`, "type b"],
    [`import type * as A from "b";`, "type b"],
    [`import type from "b";`, "static b"],
    [`import type, { a } from "b";`, "static b"],
    [`import { from } from "b";`, "static b"],
    [`import a from "b" with { type: "json" };`, "static b"],
    [`export * from "a";`, "static a"],
    [`export * as b from "a";`, "static a"],
    [`export { a,\n b } from "c";`, "static c"],
    [`export type { A } from "b";`, "type b"],
    [`export type * from "b";`, "type b"],
    [`await import("a");`, "dynamic a"],
    ["await import(`a`);", "dynamic a"],
    [`await import(\n  /* why */ "a"\n);`, "dynamic a"],
    [`await import(name);`, "dynamic (computed)"],
    ["await import(`./${name}.ts`);", "dynamic (computed)"],
    [`await import("a" + b);`, "dynamic (computed)"],
    [`let x: import("a").B;`, "dynamic a"],
    [`const a = require("b");`, "static b"],
    [`require.resolve("a/package.json")`, "resolve a/package.json"],
    [`import.meta.resolve("a")`, "resolve a"],
    [`process.getBuiltinModule("node:http")`, "resolve node:http"],
    [`const all = [...import("a")];`, "dynamic a"],
    ["`${await import('a')}`", "dynamic a"],
  ])("%s", ([source, expected]) => {
    expect(found(source!)).toEqual([expected]);
  });
});

describe("scanImports passes over", () => {
  test.for([
    `// import "a";`,
    `/* import a from "b"; */`,
    ` * import { a } from "b";`.replace(" *", "/** @example\n *") + "\n */",
    `const text = 'import "a"';`,
    'const text = `import "a" from ${b}`;',
    `const pattern = /import "a"/;`,
    `loader.import("a"); loader.require("b"); map.export("c");`,
    `const { import: a, export: b } = { import: 1, export: 2 };`,
    `export const from = "a";`,
    `export type A = { from: "a" };`,
    `export { a, b };`,
    `export default from("a");`,
    `const url = import.meta.url;`,
    `const require = createRequire(import.meta.url); require(name);`,
  ])("%s", (source) => {
    expect(found(source)).toEqual([]);
  });
});

test("scanImports names the line of each", () => {
  expect(scanImports(`import a from "a";\n\nimport {\n  b,\n} from "b";\n`).map((site) => site.line)).toEqual([1, 3]);
});
