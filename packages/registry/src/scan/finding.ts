import type { PatternName, Weight } from "./patterns.ts";

/** One thing found in a file of a plugin. */
export interface Finding {
  pattern: PatternName;
  weight: Weight;
  /** Relative to the plugin's folder, `/` between parts. */
  file: string;
  /** From 1; absent when the file as a whole is meant. */
  line?: number;
  column?: number;
  /** What was found, one harmless line of at most 120 characters. */
  code: string;
  /** What it means. */
  sentence: string;
}
