import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyJson } from "./copy-json.ts";

const BOUNDS = { maxBytes: 10_000, maxDepth: 8 };
const copy = (value: unknown) => copyJson(value, BOUNDS, "the value");

describe("copyJson", () => {
  test("gives what JSON would give, for every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const bounds = { maxBytes: 1_000_000, maxDepth: 8 };
        expect(JSON.stringify(copyJson(value, bounds, "x"))).toBe(JSON.stringify(value));
      }),
    );
  });

  test("shares nothing with the value", () => {
    const value = { list: [{ a: 1 }] };
    const copied = copy(value) as typeof value;
    value.list[0]!.a = 2;
    value.list.push({ a: 3 });
    expect(copied).toEqual({ list: [{ a: 1 }] });
  });

  test("leaves members out that are undefined", () => expect(copy({ a: undefined, b: 1 })).toEqual({ b: 1 }));

  test("keeps a member called __proto__ a member", () => {
    const copied = copy(JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')) as Record<string, unknown>;
    expect(Object.hasOwn(copied, "__proto__")).toBe(true);
    expect(copied["polluted"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("reads each member once, so that a getter cannot show two faces", () => {
    let reads = 0;
    const twoFaced = {
      get a() {
        return ++reads === 1 ? "harmless" : () => "harmful";
      },
    };
    expect(copy(twoFaced)).toEqual({ a: "harmless" });
  });

  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a bigint", 1n],
    ["NaN", NaN],
    ["infinity", -Infinity],
    ["a date", new Date()],
    ["a map", new Map()],
    ["bytes", new Uint8Array(1)],
    ["a regular expression", /x/],
    ["undefined in a list", [1, undefined]],
    ["a promise", Promise.resolve(1)],
  ])("refuses %s", (_title, value) => {
    expect(() => copy({ value: [value] })).toThrow(expect.objectContaining({ code: "CONTRACT_BROKEN" }));
  });

  test.each<[string, () => unknown]>([
    [
      "a circle",
      () => {
        const value: Record<string, unknown> = {};
        value["self"] = value;
        return value;
      },
    ],
    ["what is deeper than its bound", () => Array.from({ length: 9 }).reduce<unknown>((inner) => [inner], 1)],
    ["text over its bound", () => "x".repeat(10_001)],
    ["text that is longer in bytes", () => "ä".repeat(6_000)],
    ["many members", () => Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [i, i]))],
    ["a sparse list of a million holes", () => Array(1_000_000)],
    [
      "an endless member",
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => Array.from({ length: 50_000 }, (_, i) => `k${i}`),
            getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
            get: () => 1,
          },
        ),
    ],
  ])("refuses %s as too large", (_title, make) => {
    expect(() => copy(make())).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  });
});
