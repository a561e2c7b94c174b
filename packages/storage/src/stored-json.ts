import { type JsonValue, errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";

/** The JSON text of `value`; `what` names it in the error when it has none (a cycle, a bigint, nothing, too deep). */
export function toJson(what: string, value: unknown): string {
  let reason = `${typeof value} is not a JSON value`;
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    reason = errorMessage(error);
  }
  throw new HostError("CONTRACT_BROKEN", `Cannot store ${what}: it cannot be written as JSON (${reason})`);
}

/** What was stored, or `undefined` when the text is no longer JSON. */
export function parseJson(text: unknown): JsonValue | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
