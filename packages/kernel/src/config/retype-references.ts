import type { JsonValue } from "@berth/base";
import type { Reference } from "./config-document.ts";
import { type ConfigPath, formatPath } from "./config-path.ts";

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Environment variables are text, while `timeout: ${TIMEOUT:-30}` means a number. A whole reference therefore stays a string
 * until a schema refuses it there; then it becomes the number, `true` or `false` that its text spells, if it spells one.
 *
 * `paths` are the places a schema complained of. Returns a changed copy, or `undefined` when nothing could be changed.
 */
export function retypeReferences(
  value: JsonValue,
  references: ReadonlyMap<string, Reference>,
  paths: Iterable<ConfigPath>,
): JsonValue | undefined {
  let result: JsonValue | undefined;
  for (const path of paths) {
    const reference = references.get(formatPath(path));
    if (reference === undefined || !reference.whole || reference.unset) continue;
    const current = path.reduce<JsonValue | undefined>(stepInto, result ?? value);
    const spelt = typeof current === "string" ? spelledBy(current) : undefined;
    if (spelt !== undefined) result = withValueAt(result ?? value, path, spelt);
  }
  return result;
}

function spelledBy(text: string): number | boolean | undefined {
  if (text === "true" || text === "false") return text === "true";
  if (!NUMBER.test(text)) return undefined;
  const number = Number(text);
  const isExact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
  return isExact ? number : undefined;
}

function stepInto(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as { [key: string | number]: JsonValue })[step];
}

function withValueAt(value: JsonValue, path: ConfigPath, replacement: JsonValue): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === step ? withValueAt(item, rest, replacement) : item));
  }
  const copy = Object.assign(Object.create(null) as { [key: string]: JsonValue }, value);
  copy[String(step)] = withValueAt(copy[String(step)]!, rest, replacement);
  return copy;
}
