import { readFile } from "node:fs/promises";

/** One part of Inter: the scripts are split so that a picture loads only what it writes. */
export interface InterSubset {
  name: string;
  /** Inclusive ranges of characters it serves. */
  ranges: [number, number][];
}

/** From the hairline of large figures to the weight of headings; others are drawn in the nearest of these. */
export const INTER_WEIGHTS = [200, 300, 400, 500, 600] as const;

/** The subsets as the font's package lists them, `latin` first. */
export async function interSubsets(): Promise<InterSubset[]> {
  const { default: listed } = (await import("@fontsource/inter/unicode.json", {
    with: { type: "json" },
  })) as unknown as {
    default: Record<string, string>;
  };
  const subsets = Object.entries(listed).map(([name, ranges]) => ({ name, ranges: parseRanges(ranges) }));
  return subsets.sort((a, b) => Number(b.name === "latin") - Number(a.name === "latin"));
}

export function readInter(subset: string, weight: number): Promise<Buffer> {
  return readFile(new URL(import.meta.resolve(`@fontsource/inter/files/inter-${subset}-${weight}-normal.woff2`)));
}

/** `U+0100-02BA,U+2020` as in a style sheet's `unicode-range`. */
function parseRanges(text: string): [number, number][] {
  return text.split(",").map((range) => {
    const [from, to] = range.trim().replace(/^U\+/i, "").split("-");
    return [Number.parseInt(from!, 16), Number.parseInt(to ?? from!, 16)];
  });
}
