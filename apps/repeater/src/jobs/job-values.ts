import type { JsonValue } from "@berth/base";
import { textOf } from "../config/config-file.ts";
import type { FlagSpec, FlagValue } from "../flags/flag.ts";
import { parseValue } from "../flags/parse-value.ts";

/** Flags that imply a mode, the stronger first: a rate with a count is a rate. */
const IMPLIED: readonly (readonly [key: string, mode: string])[] = [
  ["cron", "cron"],
  ["rate", "rate-limit"],
  ["every", "interval"],
  ["for", "duration"],
  ["times", "count"],
];

/** The mode that a job without one means. */
export function impliedMode(keys: Iterable<string>): string | undefined {
  const given = new Set(keys);
  return IMPLIED.find(([key]) => given.has(key))?.[1];
}

/** Flags that imply a mode, for hints. */
export const IMPLYING = IMPLIED.map(([key]) => key);

/** The value of a flag as a file gives it; `undefined` where it is none, and `problem` says why. */
export function flagValue(flag: FlagSpec, written: JsonValue): { value: FlagValue } | { problem: string } {
  if (flag.kind === "pairs" && typeof written === "object" && written !== null) {
    return { value: Object.entries(written).map(([name, value]) => `${name}=${textOf(value)}`) };
  }
  // A list is not taken apart at commas a second time.
  if (flag.kind === "list" && Array.isArray(written)) return { value: written.map(String) };
  const text = textOf(written);
  return text === undefined ? { problem: "is no plain value" } : parseValue(flag, text);
}

/** A line is for the shell, a list is the program and its arguments. */
export function commandOf(written: string | readonly string[]): { command: string; args: readonly string[] } {
  if (typeof written === "string") return { command: "sh", args: ["-c", written] };
  const [command, ...args] = written;
  return { command: command!, args };
}
