import { expect, test } from "vitest";
import { undefinedNames } from "./undefined-names.ts";

test.each<[string, string[]]>([
  ["export default d", ["d"]],
  ["export default { start: () => help() };", ["help"]],
  ["help(); function help(): void", ["help"]],
  ["f", ["f"]],
  ["const { a = gone, ...rest } = other; a + rest", ["gone", "other"]],
  ["class A extends Gone { x = y; [z]() {} }", ["Gone", "y", "z"]],
  ["x = 1; ({ y } = { y: w }); [q] = [];", ["x", "y", "w", "q"]],
  ["export { one, two as three }; const one = 1;", ["two"]],
  ["const x = a as B; a!; <C>a; a satisfies D; f<E>;", ["a", "f"]],
])("undefinedNames finds in %s what is missing", (source, names) => {
  expect(namesOf(source)).toEqual(names);
});

test("undefinedNames leaves out bundles, and JSX", () => {
  expect(undefinedNames("x.tsx", "gone")).toEqual([]);
  expect(undefinedNames("x.ts", `gone;${" ".repeat(200_000)}`)).toEqual([]);
});

test.each([
  'import a, { b as c, type D } from "x"; import * as e from "y"; a(c, e); let f: D;',
  'export * from "x"; export { a as b } from "y"; export * as c from "z";',
  "for (const [a, { b, c: [d] }] of new Map()) console.log(a, b, d, import.meta.url);",
  "outer: for (;;) { break outer; }",
  "try { fetch(''); } catch ({ message }) { message; } try {} catch {}",
  "function f(this: Foo, a: Bar, { b } = {}, ...c: Baz[]) { return arguments.length + new.target + a + b + c; }",
  "class A<T> implements I<T> { #p = 1; static s; constructor(private readonly q: Q) { this.#p; q; } get g() { return A.s; } }",
  "interface I { a: Gone } type T = Gone; declare const d: Gone; declare function e(): void; d; e();",
  "enum E { A } namespace N { export const a = Gone; } import I = N.a; E; N; I;",
  "function over(a: string): void; function over(a: number): void; function over(a: unknown) {} over;",
  "const x = { a, b: 1, c() {}, [a]: a }; var a = x.y?.z; x.a = b; var b;",
  "typeof window === 'undefined' ? 1 : window.x; globalThis.mine = 1; mine; process; Buffer; WebAssembly;",
  "exports.a = require('x'); module.exports = __dirname;",
  "const fn = function named() { named(); }; const C = class Inner { x = Inner; }; fn; C;",
])("undefinedNames finds nothing in %s", (source) => {
  expect(namesOf(source)).toEqual([]);
});

function namesOf(source: string): string[] {
  return undefinedNames("x.ts", source).map(({ name }) => name);
}
