import { globSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseModule } from "./parse-module.ts";
import { stripTypes } from "./strip-types.ts";

const ROOT = join(import.meta.dirname, "../../../..");

function stripped(source: string): string | undefined {
  return stripTypes(source, parseModule("plugin.ts", source));
}

/** What Node.js makes of it; nothing where it refuses. It has blanks of other kinds for what takes more than a byte. */
function strippedByNode(source: string): string | undefined {
  try {
    return stripTypeScriptTypes(source).replaceAll(/[\u00a0\u2002\ufeff]/g, " ");
  } catch {
    return undefined;
  }
}

/** What JavaScript reads in it. Node.js ends some statements and members that end by themselves. */
function read(text: string): unknown {
  const { program, errors } = parseModule("plugin.js", text);
  const isKept = (node: unknown): boolean => (node as { type?: string } | null)?.type !== "EmptyStatement";
  const plain = JSON.stringify(program, (key, value: unknown) => {
    if (key === "start" || key === "end") return undefined;
    if (typeof value === "bigint") return String(value);
    return Array.isArray(value) ? value.filter(isKept) : value;
  });
  return { errors: errors.length, plain };
}

/** What is told apart by blanks alone. */
const TAKEN = [
  "import type { A } from './a.ts'",
  "import { type A, b, type C } from './a.ts'",
  "import d, { type A as B } from './a.ts'",
  "export type { A }",
  "export { type A, b }",
  "export type * from './a.ts'",
  "type A<T> = { [K in keyof T]: T[K] }",
  "export interface A extends B { (x: 1): 2; y?: string }",
  "declare const a: number",
  "declare function f(): void",
  "declare module 'x' { const y: number }",
  "declare global { var z: 1 }",
  "export declare class D { x: 1 }",
  "declare enum E { A }",
  "abstract class A<T> extends B<T> implements C<T>, D { abstract x: T; abstract m(): void; y = 1 }",
  "class A extends B { [k: string]: unknown; private readonly x?: string = '1'; public static override y?: T; z!: U; declare w: 1 }",
  "class A { constructor(a?: number, ...r: T[]); constructor() {} public async *m<T>(this: A, b: T): AsyncGenerator<T> {} }",
  "class A { x\n readonly y\n static z: 1\n get w(): number { return 1 } }",
  "function f(this: A): void {}",
  "function f(this: A, b?: T, { c }: D = {}, ...d: E[]): asserts b is T { return }",
  "function o(a: 1): 1; function o(a: any): any { return a }",
  "export function o(a: 1): 1; export function o(a: any) { return a }",
  "const f = <T,>(x: T): T => x",
  "const f = async <T>(x: T): Promise<T> => x",
  "const f = (): ((x: 1) => 2) => g",
  "let x: number",
  "let x = y!",
  "x! += 1",
  "let x = y as unknown as T",
  "let x = (y satisfies T).z!.w?.[0]!",
  "let x = f<string>",
  "let x = new Map<string, Array<T>>()",
  "let x = f<T>`a${b as T}c`",
  "for (const x of y as T[]) {}",
  "try {} catch (e: unknown) {}",
  "let { a, b }: { a: 1; b: 2 } = c",
  "const s = 'as' /* as T */ as /* äöü😀\t*/ string",
  "if (a as T) { type B = 1 }",
  "label: for (;;) { type A = 1\n break label }",
  "(foo)(1)",
  "[a, b] = c",
  "`t`",
  "/re/.test(a)",
  "+a",
  "++a",
  "-a",
  "// a comment: string",
  "a < b",
  "a<b>(c)",
  "a = b",
  "b\n++c",
  "async\n(x)",
  "export default x as T",
  "export const x = { m<T>(a: T): T { return a }, get y(): T { return 1 }, z: 1 as T }",
];

/** What needs more than blanks, or is rare. */
const LEFT = [
  "class A { x = 1 as any\n private ['y'] = 2 }",
  "class A { get: T\n foo() {} }",
  "class A { static: T\n foo() {} }",
  "class A { x = 1\n readonly in: T }",
  "class A { a = 1\n private *g() {} }",
  "export default function o(a: 1): 1; export default function o(a: any) { return a }",
  "export default interface A {}",
  "const f = async <\nT\n>(x: T) => x",
  "const f = (x: number):\n number => x",
  "const f = (x: number): {\n a: 1 } => x",
  "const f = () => { return <\nT,\n>(x: T) => x }",
  "let x!: number",
  "x = <T>y",
  "enum E { A }",
  "namespace N { export const a = 1 }",
  "import a = require('a')",
  "export = a",
  "@dec class A {}",
  "class A { constructor(private x: number) {} }",
  "class A { accessor x: number = 1 }",
];

/** What goes on with what comes before it. */
const CONTINUATIONS = ["* 2", "in b", "? 1 : 2", ".x", "=> 1", "(1)", "[1]", "`1`"];

test("stripTypes makes of the modules here what Node.js makes of them", { tags: ["slow"] }, () => {
  const files = globSync(["packages/*/src/**/*.ts", "plugins/*/src/*.ts", "examples/**/src/*.ts"], { cwd: ROOT });
  const left: string[] = [];
  for (const file of files) {
    const source = readFileSync(join(ROOT, file), "utf8");
    const text = stripped(source);
    if (text === undefined) left.push(file);
    else expect({ file, text }).toEqual({ file, text: strippedByNode(source) });
  }
  expect(files.length).toBeGreaterThan(500);
  expect(left.length / files.length).toBeLessThan(0.01);
});

describe("stripTypes", () => {
  test.each(TAKEN)("leaves every character of %j where it was", (source) => {
    expect(stripped(source)).toHaveLength(source.length);
    expect(read(stripped(source)!)).toEqual(read(strippedByNode(source)!));
  });

  test.each(LEFT)("leaves %j to Node.js", (source) => {
    expect(stripped(source)).toBeUndefined();
  });

  test("is not exhausted by depth", () => {
    const source = `export default x${" as A".repeat(5_000)};`;
    expect(stripped(source)).toBe(`export default x${"     ".repeat(5_000)};`);
  });

  test("makes of whatever it takes what Node.js makes of it", () => {
    const ends = fc.constantFrom("\n", ";\n", "; ", "\n\n", " ");
    const source = fc.array(fc.tuple(fc.constantFrom(...TAKEN, ...LEFT, ...CONTINUATIONS), ends), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(source, (parts) => {
        const text = parts.flat().join("");
        const mine = stripped(text);
        if (mine === undefined) return;
        const theirs = strippedByNode(text);
        expect({ text, mine, ...(read(mine) as object) }).toEqual({ text, mine, ...(read(theirs ?? "") as object) });
      }),
      { numRuns: Number(process.env["RUNS"] ?? 2_000) },
    );
  });
});
