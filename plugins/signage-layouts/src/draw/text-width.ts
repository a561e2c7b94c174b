/**
 * How wide a text will be, near enough to choose a size or to keep labels apart. A layout has no renderer at hand, so this goes
 * by the advance widths of Inter; the renderer still cuts off with an ellipsis what turns out wider.
 */
export function textWidth(text: string, size: number, weight = 400): number {
  let hundredths = 0;
  for (const character of text) hundredths += advance(character.codePointAt(0)!);
  return (hundredths / 100) * size * (WEIGHT_FACTOR.get(weight) ?? 1.02);
}

/** The largest of `sizes` (falling) at which `text` fits into `width`, or the smallest. */
export function fittingSize(text: string, width: number, sizes: readonly number[], weight = 400): number {
  return sizes.find((size) => textWidth(text, size, weight) <= width) ?? sizes.at(-1)!;
}

/** Of the characters from space to tilde, hundredths of the size, digits as in tables. */
const ASCII = [
  28, 29, 47, 64, 65, 99, 65, 30, 40, 40, 65, 65, 27, 65, 27, 36, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 27, 27, 65,
  65, 65, 52, 97, 71, 66, 73, 73, 61, 59, 75, 75, 27, 58, 68, 57, 91, 76, 77, 64, 77, 65, 65, 65, 75, 71, 101, 69, 68,
  63, 40, 36, 40, 48, 46, 33, 57, 62, 58, 62, 59, 37, 62, 60, 25, 25, 55, 25, 88, 60, 60, 62, 62, 40, 53, 36, 60, 57,
  82, 55, 57, 56, 40, 34, 40, 65,
];
const WEIGHT_FACTOR: ReadonlyMap<number, number> = new Map([
  [200, 0.98],
  [300, 0.99],
  [400, 1],
  [500, 1.015],
  [600, 1.03],
]);
/** A capital with room to spare, for the scripts not listed. */
const OTHER = 72;
const FULL_WIDTH = 100;

function advance(code: number): number {
  if (code >= 0x20 && code < 0x7f) return ASCII[code - 0x20]!;
  if (code >= 0x300 && code < 0x370) return 0;
  if (code === 0xb0) return 46;
  if (code === 0xb7 || code === 0x2019) return 30;
  if (code < 0x250) return 66;
  return code >= 0x1100 ? (isNarrow(code) ? OTHER : FULL_WIDTH) : OTHER;
}

function isNarrow(code: number): boolean {
  return (code >= 0x1e00 && code < 0x2100) || (code >= 0x2190 && code < 0x2300);
}
