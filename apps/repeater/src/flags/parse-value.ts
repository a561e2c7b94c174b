import { parseDuration } from "./duration.ts";
import type { Delay, FlagSpec, FlagValue } from "./flag.ts";

/** What a value can be read as, or what is wrong with it, in words that follow the flag. */
export type ParsedValue = { value: FlagValue } | { problem: string };

/** Reads what was typed for a flag, or stands in a file or the environment. */
export function parseValue(flag: FlagSpec, text: string): ParsedValue {
  switch (flag.kind) {
    case "switch":
      return parseSwitch(text);
    case "duration":
      return bounded(flag, parseDuration(text), durationProblem(text));
    case "delay":
      return parseDelay(text);
    case "count":
      return bounded(flag, /^\d{1,15}$/.test(text) ? Number(text) : undefined, "is no whole number");
    case "number":
      return bounded(flag, text.trim() === "" ? undefined : finite(text), "is no number");
    case "text":
      if (text === "") return { problem: "is empty" };
      if (flag.oneOf && !flag.oneOf.includes(text)) return { problem: `is none of ${flag.oneOf.join(", ")}` };
      return { value: text };
    case "pattern":
      return parsePattern(text);
    case "list":
      return {
        value: text
          .split(",")
          .map((item) => item.trim())
          .filter((item) => item !== ""),
      };
    case "pairs":
      break;
  }
  return /^[^=]+=/.test(text) ? { value: [text] } : { problem: "is no NAME=VALUE" };
}

function parseSwitch(text: string): ParsedValue {
  if (["true", "1", "yes", "on"].includes(text.toLowerCase())) return { value: true };
  if (["false", "0", "no", "off"].includes(text.toLowerCase())) return { value: false };
  return { problem: "is neither true nor false" };
}

function durationProblem(text: string): string {
  return /^\d+(?:\.\d+)?$/.test(text)
    ? `lacks a unit: write ${text}s for seconds`
    : "is no duration such as 500ms, 30s, 1h30m or 2d";
}

function parseDelay(text: string): ParsedValue {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined) {
    return Number(percent) <= 100 ? { value: { share: Number(percent) / 100 } } : { problem: "is more than 100%" };
  }
  const ms = parseDuration(text);
  return ms === undefined
    ? { problem: "is neither a duration such as 5s nor a share such as 10%" }
    : { value: { ms } satisfies Delay };
}

/** Patterns as Go has them: `(?i)` at the beginning switches flags on for the rest. */
function parsePattern(text: string): ParsedValue {
  const [, letters = "", source = text] = /^\(\?([imsU]+)\)([^]*)$/.exec(text) ?? [];
  try {
    return { value: new RegExp(source, letters.replace("U", "")) };
  } catch (error) {
    return { problem: `is no regular expression: ${(error as Error).message}` };
  }
}

function finite(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function bounded({ min, max }: FlagSpec, value: number | undefined, problem: string): ParsedValue {
  if (value === undefined) return { problem };
  if (min !== undefined && value < min) return { problem: `is less than ${min}` };
  if (max !== undefined && value > max) return { problem: `is more than ${max}` };
  return { value };
}
