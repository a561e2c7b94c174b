import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostImports } from "../../src/wasm/component/evaluate.ts";
import type { ComponentFunction } from "../../src/wasm/component/functions.ts";
import { compileComponent, linkComponent } from "../../src/wasm/component/link-component.ts";
import { readComponent } from "../../src/wasm/component/read-component.ts";
import { fromJavaScript } from "./tools.ts";

const text = fc.string({ unit: "grapheme" });
const bytes = fc.uint8Array({ maxLength: 300 });

/** By name: how the type is written, and values of it. */
const TYPES: Record<string, { wit: string; values: fc.Arbitrary<unknown> }> = {
  bool: { wit: "bool", values: fc.boolean() },
  s8: { wit: "s8", values: fc.integer({ min: -128, max: 127 }) },
  u8: { wit: "u8", values: fc.integer({ min: 0, max: 255 }) },
  s16: { wit: "s16", values: fc.integer({ min: -32_768, max: 32_767 }) },
  u16: { wit: "u16", values: fc.integer({ min: 0, max: 65_535 }) },
  s32: { wit: "s32", values: fc.integer() },
  u32: { wit: "u32", values: fc.integer({ min: 0, max: 4_294_967_295 }) },
  s64: { wit: "s64", values: fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }) },
  u64: { wit: "u64", values: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }) },
  f32: { wit: "f32", values: fc.float({ noNaN: true }) },
  f64: { wit: "f64", values: fc.double({ noNaN: true }) },
  char: { wit: "char", values: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }) },
  text: { wit: "string", values: fc.oneof(text, fc.string({ minLength: 30, maxLength: 200 })) },
  bytes: { wit: "list<u8>", values: bytes },
  numbers: { wit: "list<u16>", values: fc.array(fc.integer({ min: 0, max: 65_535 })) },
  texts: { wit: "list<string>", values: fc.array(text) },
  many: { wit: "list<list<u8>>", values: fc.array(bytes, { maxLength: 5 }) },
  tuple: { wit: "tuple<u8, string, f64>", values: fc.tuple(fc.nat(255), text, fc.double({ noNaN: true })) },
  option: { wit: "option<string>", values: fc.option(text, { nil: undefined }) },
  answers: {
    wit: "list<result<u32, string>>",
    values: fc.array(
      fc.oneof(
        fc.record({ tag: fc.constant("ok"), value: fc.nat() }),
        fc.record({ tag: fc.constant("error"), value: text }),
      ),
    ),
  },
  colour: { wit: "colour", values: fc.constantFrom("red", "dark-green", "blue") },
  rights: { wit: "rights", values: fc.subarray(["read", "write", "run-it"]).map((names) => new Set(names)) },
  // Cases that share their places among the arguments, each of another kind.
  shape: {
    wit: "shape",
    values: fc.oneof(
      fc.constant({ tag: "none", value: undefined }),
      fc.record({ tag: fc.constant("circle"), value: fc.float({ noNaN: true }) }),
      fc.record({ tag: fc.constant("big"), value: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }) }),
      fc.record({ tag: fc.constant("exact"), value: fc.double({ noNaN: true }) }),
      fc.record({ tag: fc.constant("named"), value: text }),
      fc.record({ tag: fc.constant("small"), value: fc.nat(255) }),
    ),
  },
  person: {
    wit: "person",
    values: fc.record({
      name: text,
      ageInYears: fc.nat(255),
      tags: fc.array(text),
      nick: fc.option(text, { nil: undefined }),
    }),
  },
  // More arguments than go without memory.
  wide: {
    wit: "wide",
    values: fc.record({ a: text, b: text, c: text, d: text, e: text, f: text, g: text, h: text, i: fc.nat(255) }),
  },
  people: {
    wit: "list<person>",
    values: fc.array(
      fc.record({ name: text, ageInYears: fc.nat(255), tags: fc.array(text), nick: fc.constant(undefined) }),
    ),
  },
};

const WIT = `
package test:types;
interface shapes {
  enum colour { red, dark-green, blue }
  flags rights { read, write, run-it }
  variant shape { none, circle(f32), big(u64), exact(f64), named(string), small(u8) }
  record person { name: string, age-in-years: u8, tags: list<string>, nick: option<string> }
  record wide { a: string, b: string, c: string, d: string, e: string, f: string, g: string, h: string, i: u8 }
}
interface outside {
  use shapes.{colour, rights, shape, person, wide};
  ${Object.entries(TYPES)
    .map(([name, { wit }]) => `%${name}-back: func(value: ${wit}) -> ${wit};`)
    .join("\n  ")}
}
interface inside {
  use shapes.{colour, rights, shape, person, wide};
  ${Object.entries(TYPES)
    .map(([name, { wit }]) => `%${name}-there: func(value: ${wit}) -> ${wit};`)
    .join("\n  ")}
}
world test { import outside; export inside; }
`;

/** Hands everything on to the host, and gives back what that gives. */
const SOURCE = `
import outside from "test:types/outside";
export const inside = {
  ${Object.keys(TYPES)
    .map((name) =>
      name === "answer"
        ? `answerThere: (value) => { try { return { tag: "ok", val: outside.answerBack(value) }.val; } catch (error) { throw error.payload ?? error; } },`
        : `${name}There: (value) => outside.${name}Back(value),`,
    )
    .join("\n  ")}
};
`;

describe("every type of the component model crosses both ways as it is", { tags: ["slow"] }, () => {
  let inside: ReadonlyMap<string, ComponentFunction>;
  let seen: unknown;

  beforeAll(async () => {
    const file = readComponent(await fromJavaScript(SOURCE, WIT, "test"));
    const host: HostImports = {
      open: () => ({
        resource: () => {
          throw new Error("there are none");
        },
        func: (_, type) => ({
          type,
          mayWait: false,
          call: ([value]) => {
            seen = value;
            return value;
          },
        }),
      }),
    };
    inside = linkComponent(file, await compileComponent(file, 64), host).functionsOf("test:types/inside")!;
  });

  test.each(Object.entries(TYPES))("%s", (name, { values }) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(inside.get(`${name}-there`)!.call([value])).toEqual(value);
        expect(seen).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });
});
