import { neutraliseLine } from "@berth/base";
import { textOf } from "../config/config-file.ts";
import type { FlagKind, FlagSpec } from "../flags/flag.ts";

/** More flags than this nobody types; a schema comes from a plugin, and is bounded like all that does. */
const MOST_FLAGS = 100;

/** How a flag may be spelled. */
const SPELLING = /^(?:--[a-z][a-z0-9-]{0,60}|-[a-zA-Z][a-zA-Z0-9]{0,5})$/;

/** The settings of a scheduler, as flags: `base_delay` of its JSON Schema is `--base-delay`, with what its `x-flag` says beside. */
export function schemaFlags(schema: Readonly<Record<string, unknown>> | undefined): FlagSpec[] {
  const properties = schema?.["properties"];
  if (!isMap(properties)) return [];
  const names = Object.keys(properties).filter((name) => /^[a-z][a-z0-9_]{0,60}$/.test(name));
  return names
    .slice(0, MOST_FLAGS)
    .map((name) => flagOf(name, isMap(properties[name]) ? properties[name] : {}, schema!));
}

function flagOf(
  name: string,
  property: Readonly<Record<string, unknown>>,
  schema: Readonly<Record<string, unknown>>,
): FlagSpec {
  const { description, default: standard, minimum, maximum } = property;
  const also = Array.isArray(property["x-flag"]) ? property["x-flag"] : [];
  const choices = Array.isArray(property["enum"]) ? property["enum"].map(String) : undefined;
  const shown = textOf(standard);
  const isRequired = Array.isArray(schema["required"]) && schema["required"].includes(name);
  const flag: FlagSpec = {
    name: name.replaceAll("_", "-"),
    setting: name,
    also: also.filter((one): one is string => typeof one === "string" && SPELLING.test(one)),
    kind: kindOf(property),
    group: "schedule",
    help: `${typeof description === "string" ? neutraliseLine(description, 300) : name}${isRequired ? "; required" : ""}`,
    ...(shown === undefined ? {} : { default: neutraliseLine(shown, 100) }),
    ...(typeof minimum === "number" ? { min: minimum } : {}),
    ...(typeof maximum === "number" ? { max: maximum } : {}),
    ...(choices ? { oneOf: choices } : {}),
    ...(isRequired ? { isRequired } : {}),
  };
  return flag;
}

function kindOf({ type, pattern }: Readonly<Record<string, unknown>>): FlagKind {
  if (type === "boolean") return "switch";
  if (type === "integer") return "count";
  if (type === "number") return "number";
  if (type === "array") return "list";
  return isDurationPattern(pattern) ? "duration" : "text";
}

/** The SDK describes a duration by a pattern alone; what takes sums of units, and no word, is one. */
function isDurationPattern(pattern: unknown): boolean {
  if (typeof pattern !== "string" || !pattern.includes("ms|s|m|h")) return false;
  return true;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
