import type { SignageContent, Stat } from "@berth/sdk";
import { withUnit } from "../draw/numbers.ts";
import { splitLine } from "../parts/split-line.ts";

/** The words a text layout sets: the lines, or what the richer parts say where a source has no lines. */
export function linesOf(content: SignageContent): string[] {
  const lines = content.lines.filter((line) => line.trim() !== "");
  if (lines.length > 0) return lines;
  return (content.stats ?? []).map(({ label, value, unit = "" }) => `${label}: ${withUnit(value, unit)}`);
}

/** The figures a board of cards shows: the stats, or lines that read like figures, or lines as they are. */
export function statsOf(content: SignageContent): Stat[] {
  if (content.stats && content.stats.length > 0) return content.stats;
  return linesOf(content).map((line) => {
    const { label = "", value } = splitLine(line);
    return { label, value };
  });
}
