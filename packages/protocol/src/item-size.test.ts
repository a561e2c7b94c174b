import { expect, test } from "vitest";
import { itemSize } from "./item-size.ts";
import { MAX_ITEM_BYTES } from "./stream.ts";

test.for<[string, unknown, number]>([
  ["null", null, 8],
  ["a number", 1.5, 8],
  ["no text", "", 8],
  ["text by its UTF-8", "é😀", 8 + 2 + 4],
  ["half a character as what replaces it", "\ud800", 8 + 3],
  ["bytes", new Uint8Array(5), 8 + 5],
  ["a list", [1, "ab", null], 8 + 8 + 10 + 8],
  ["a list with a hole", [, 1], 8 + 8 + 8], // oxlint-disable-line no-sparse-arrays
  ["an object", { a: 1, bc: "d" }, 8 + (8 + 1 + 8) + (8 + 2 + 9)],
  ["what JSON leaves out", { a: undefined, b: () => 1, c: Symbol("c") }, 8],
  ["what stands for a value in JSON", new Date(0), 8 + 24],
])("itemSize of %s", ([, item, size]) => {
  expect(itemSize(item)).toBe(size);
});

test("itemSize ends for what holds itself, in however many ways", () => {
  const chain: Record<string, unknown> = {};
  chain["chain"] = chain;
  const tree: unknown[] = [];
  tree.push(tree, tree, tree);
  expect(itemSize(chain)).toBeGreaterThan(MAX_ITEM_BYTES);
  expect(itemSize(tree)).toBeGreaterThan(MAX_ITEM_BYTES);
});
