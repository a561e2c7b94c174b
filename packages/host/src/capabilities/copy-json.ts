import { type JsonBounds, type JsonValue, type NotPlain, plainJson } from "@berth/base";
import type { HostError } from "@berth/contract";
import { malformed, overLimit, quoted } from "./capability-errors.ts";

/**
 * A copy of a value that came from a plugin, made of plain data alone.
 *
 * @param what names the value in messages: `the event's data`.
 */
export function copyJson(value: unknown, bounds: JsonBounds, what: string): JsonValue {
  return plainJson(value, bounds, "value", (problem) => refusal(problem, what));
}

function refusal({ path, problem, found }: NotPlain, what: string): HostError {
  const at = path === "value" ? "" : ` at ${quoted(path)}`;
  if (problem === "size") return overLimit(`Cannot take ${what}: it is larger than ${found}`);
  if (problem === "depth") return overLimit(`Cannot take ${what}: it is nested deeper than ${found}${at}`);
  if (problem === "cycle") return overLimit(`Cannot take ${what}: it holds itself${at}`);
  return malformed(`Cannot take ${what}: ${quoted(found)}${at} is no JSON value`);
}
