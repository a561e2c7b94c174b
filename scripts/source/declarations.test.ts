import { describe, expect, test } from "vitest";
import { readDeclarations } from "./declarations.ts";
import { readDocComment } from "./doc-comment.ts";

const signature = (source: string): string | undefined => readDeclarations(source)[0]?.signature;

describe("readDeclarations", () => {
  test("gives names, kinds and docs of what is exported", () => {
    const source = `
import { a } from "a";
/** Not exported. */
function hidden() { const { inner } = { inner: 1 }; return inner; }
export { hidden } from "./other.ts";
/** Does it. */
export async function work(): Promise<void> {}
// Not a doc comment.
export const LIMIT = { a: 1 };
export type { B } from "b";
/** What it is. */
export interface Thing { a: string }
`;
    expect(readDeclarations(source).map(({ name, kind, doc }) => [name, kind, doc?.text])).toEqual([
      ["work", "function", "Does it."],
      ["LIMIT", "const", undefined],
      ["Thing", "interface", "What it is."],
    ]);
  });

  test.for([
    [
      `export function a<T extends { b: string }>(x: T, y = { c: 1 }): { d: T } { return { d: x }; }`,
      `export function a<T extends { b: string }>(x: T, y = { c: 1 }): { d: T };`,
    ],
    [`export const a: Map<string, () => void> = new Map();`, `export const a: Map<string, () => void>;`],
    [
      `export type A<T> = { a: T; b: () => void } | string;\nexport const b = 1;`,
      `export type A<T> = { a: T; b: () => void } | string;`,
    ],
    [
      `export interface A<T = { a: 1 }> extends B<T> { c(x: { d: 1 }): void; }\nconst e = 1;`,
      `export interface A<T = { a: 1 }> extends B<T> { c(x: { d: 1 }): void; }`,
    ],
    [
      `export abstract class A<T extends object = {}> extends B<{ a: T }> {
        static readonly x = [1];
        readonly #secret: { a: 1 };
        /** Says. */
        constructor(a: string) { super(); this.#secret = { a: 1 }; }
        protected get ctx(): T { return this.#x; }
        abstract go(signal?: AbortSignal): Promise<{ done: boolean }>;
        #hide(): void {}
        readonly [BRAND] = true;
      }`,
      `export abstract class A<T extends object = {}> extends B<{ a: T }> {
  static readonly x;
  constructor(a: string);
  protected get ctx(): T;
  abstract go(signal?: AbortSignal): Promise<{ done: boolean }>;
}`,
    ],
  ])("leaves out bodies, values and what is private: %s", ([source, expected]) => {
    expect(signature(source!)).toBe(expected);
  });
});

test("readDocComment separates text, examples and errors", () => {
  const comment = `/**
 * First line,
 * second.
 *
 * @throws TypeError when
 *   nothing fits.
 * @example
 * const a = 1;
 *
 * @register("x")
 * class B {}
 * @example
 * a; // 1
 */`;
  expect(readDocComment(comment)).toEqual({
    text: "First line,\nsecond.",
    throws: ["TypeError when nothing fits."],
    examples: ['const a = 1;\n\n@register("x")\nclass B {}', "a; // 1"],
  });
});
