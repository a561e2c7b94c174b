import { describe, expect, test } from "vitest";
import { fontCoverage } from "./font-coverage.ts";
import { interSubsets, readInter } from "./inter-subsets.ts";

describe("fontCoverage", () => {
  test("reads what each subset of Inter can draw", async () => {
    const latin = fontCoverage(await readInter("latin", 400));
    const cyrillic = fontCoverage(await readInter("cyrillic", 400));
    const has = (set: Set<number>, text: string): boolean[] =>
      Array.from(text, (character) => set.has(character.codePointAt(0)!));
    expect(has(latin, "Az09é°·…↑−")).not.toContain(false);
    // Within the ranges the package names, and yet not in the font.
    expect(has(latin, "‐‑⁂Ж≥")).not.toContain(true);
    expect(has(cyrillic, "Жя")).toEqual([true, true]);
  });

  test("knows every subset the package lists, latin first", async () => {
    const subsets = await interSubsets();
    expect(subsets.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["cyrillic", "greek", "latin", "latin-ext"]),
    );
    expect(subsets[0]).toMatchObject({ name: "latin", ranges: expect.arrayContaining([[0x00, 0xff]]) });
  });

  test("reads a plain TrueType table, format 4 and 12", () => {
    expect(fontCoverage(trueType(format4([[65, 67, 1]])))).toEqual(new Set([65, 66, 67]));
    expect(fontCoverage(trueType(format12([[0x1f600, 0x1f602]])))).toEqual(new Set([0x1f600, 0x1f601, 0x1f602]));
  });

  test("throws for what is no font, is cut off, or has no characters", async () => {
    const latin = await readInter("latin", 400);
    expect(() => fontCoverage(new Uint8Array([1, 2]))).toThrow(RangeError);
    expect(() => fontCoverage(new TextEncoder().encode("<!doctype html><title>no font</title>"))).toThrow();
    expect(() => fontCoverage(latin.subarray(0, 2_000))).toThrow();
    expect(() => fontCoverage(trueType(new Uint8Array(), 0x676c7966))).toThrow("no table of characters");
  });
});

function words(...values: number[]): number[] {
  return values.flatMap((value) => [(value >> 8) & 0xff, value & 0xff]);
}

function longs(...values: number[]): number[] {
  return values.flatMap((value) => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]);
}

function cmap(table: number[]): Uint8Array {
  return new Uint8Array([...words(0, 1), ...words(3, 1), ...longs(12), ...table]);
}

function format4(segments: [start: number, end: number, delta: number][]): Uint8Array {
  const all = [...segments, [0xffff, 0xffff, 1]] as const;
  const body = [
    ...all.map(([, end]) => end),
    0,
    ...all.map(([start]) => start),
    ...all.map(([, , delta]) => delta),
    ...all.map(() => 0),
  ];
  return cmap(words(4, 14 + body.length * 2, 0, all.length * 2, 0, 0, 0, ...body));
}

function format12(groups: [start: number, end: number][]): Uint8Array {
  return cmap([
    ...words(12, 0),
    ...longs(16 + groups.length * 12, 0, groups.length),
    ...groups.flatMap(([start, end]) => longs(start, end, 1)),
  ]);
}

function trueType(table: Uint8Array, tag = 0x636d6170): Uint8Array {
  return new Uint8Array([...longs(0x00010000), ...words(1, 0, 0, 0), ...longs(tag, 0, 28, table.length), ...table]);
}
