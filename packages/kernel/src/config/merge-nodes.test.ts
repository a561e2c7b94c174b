import type { JsonValue } from "@berth/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConfigNode, listNode, mapNode, scalarNode, toValue } from "./config-node.ts";
import { mergeNodes } from "./merge-nodes.ts";
import { SourceFile } from "./source-file.ts";

const origin = { source: new SourceFile("test.yaml", ""), value: 0 };

function nodeOf(value: JsonValue): ConfigNode {
  if (Array.isArray(value)) return listNode(value.map(nodeOf), origin);
  if (typeof value !== "object" || value === null) return scalarNode(value, origin);
  return mapNode(new Map(Object.entries(value).map(([key, child]) => [key, nodeOf(child)])), origin);
}

const merge = (...layers: JsonValue[]): unknown =>
  JSON.parse(JSON.stringify(toValue(layers.map(nodeOf).reduce(mergeNodes))));

describe("mergeNodes", () => {
  test("merges maps key by key and keeps the order of the base", () => {
    const merged = merge({ a: 1, b: { c: 2, d: 3 } }, { e: 5, b: { d: 4 } });
    expect(JSON.stringify(merged)).toBe('{"a":1,"b":{"c":2,"d":4},"e":5}');
  });

  test("replaces lists of plain values", () => {
    expect(merge({ a: [1, 2, 3] }, { a: [4] })).toEqual({ a: [4] });
  });

  test("merges lists of maps by id: same id, same item; new ones follow", () => {
    const base = [
      { id: "a", x: 1, y: 1 },
      { id: "b", x: 2 },
    ];
    expect(merge(base, [{ id: "c" }, { id: "a", x: 9 }])).toEqual([
      { id: "a", x: 9, y: 1 },
      { id: "b", x: 2 },
      { id: "c" },
    ]);
  });

  test("replaces a list as soon as one item on either side has no id", () => {
    expect(merge([{ id: "a" }], [{ id: "b" }, { x: 1 }])).toEqual([{ id: "b" }, { x: 1 }]);
    expect(merge([{ id: "a" }], [])).toEqual([]);
  });

  test("keeps an id that the base gives twice, so that the check can report it", () => {
    expect(merge([{ id: "a" }, { id: "a" }], [{ id: "a", x: 1 }])).toEqual([{ id: "a", x: 1 }, { id: "a" }]);
  });

  test("takes a key away when the overlay says null", () => {
    expect(merge({ a: 1, b: { c: 1, d: 2 } }, { a: null, b: { c: null }, e: { f: null } })).toEqual({
      b: { d: 2 },
      e: {},
    });
  });

  test("replaces when the kinds differ", () => {
    expect(merge({ a: { b: 1 } }, { a: 5 })).toEqual({ a: 5 });
    expect(merge({ a: 5 }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });
});

describe("mergeNodes keeps the laws, for maps of plain values and without null:", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }));
  const keys = fc.constantFrom("a", "b", "c", "constructor");
  const { map } = fc.letrec<{ map: JsonValue; value: JsonValue }>((tie) => ({
    map: fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
    value: fc.oneof({ maxDepth: 3 }, leaf, tie("map")),
  }));

  test("merging with itself or with nothing changes nothing", () => {
    fc.assert(
      fc.property(map, (value) => {
        expect(merge(value, value)).toEqual(value);
        expect(merge(value, {})).toEqual(value);
        expect(merge({}, value)).toEqual(value);
      }),
    );
  });

  test("layers may be grouped either way where each key keeps its kind", () => {
    const inner = fc.record({ x: fc.integer(), y: fc.string() }, { requiredKeys: [] });
    const same = fc.record({ a: fc.integer(), b: fc.array(fc.integer()), c: inner, d: inner }, { requiredKeys: [] });
    fc.assert(
      fc.property(same, same, same, (a, b, c) => {
        const [x, y, z] = [a, b, c].map((layer) => layer as JsonValue) as [JsonValue, JsonValue, JsonValue];
        expect(merge(merge(x, y) as JsonValue, z)).toEqual(merge(x, merge(y, z) as JsonValue));
      }),
    );
  });

  test("no key of either layer is lost", () => {
    fc.assert(
      fc.property(map, map, (below, above) => {
        const keys = Object.keys(merge(below, above) as object).sort();
        expect(keys).toEqual([...new Set([...Object.keys(below!), ...Object.keys(above!)])].sort());
      }),
    );
  });
});
