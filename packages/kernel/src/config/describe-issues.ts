import { neutraliseLine } from "@berth/base";
import type { core, ZodType } from "zod";
import { type ConfigPath, formatPath } from "./config-path.ts";
import { describeIssue, type Finding } from "./describe-issue.ts";
import { isSecret, type JsonSchema } from "./schema-lookup.ts";

/** Enough to be known by. */
const LONGEST_TEXT = 80;

/** What a schema refused, and where to look for more to say about it. */
export interface Refused {
  /** See {@link toLookup}. */
  schema: JsonSchema;
  value: unknown;
  /** What to say in place of the value at `path`, if that must not be shown. */
  standIn?: (path: ConfigPath) => string | undefined;
}

/** The complaints of the schema library in the words of a configuration file. */
export function describeIssues(issues: readonly core.$ZodIssue[], { schema, value, standIn }: Refused): Finding[] {
  const context = {
    schema,
    valueAt: (path: ConfigPath) => valueAt(value, path),
    found: (path: ConfigPath) =>
      standIn?.(path) ?? (isSecret(schema, path) ? "a hidden value" : describeValue(valueAt(value, path))),
  };
  return withoutEchoes(issues.flatMap((issue) => describeIssue(issue, context)));
}

/** The schema in the form that allowed keys, ranges and purposes are looked up in. It takes milliseconds to make. */
export async function toLookup(schema: ZodType): Promise<JsonSchema> {
  const { toJsonSchema } = await import("./to-json-schema.ts");
  return toJsonSchema(schema) as JsonSchema;
}

/** A mistyped key is one mistake: the key it was meant to be is then not also told to be missing. */
function withoutEchoes(findings: readonly Finding[]): Finding[] {
  const meant = new Set(findings.map(({ meant }) => (meant === undefined ? undefined : formatPath(meant))));
  return findings.filter(({ isMissing, path }) => isMissing !== true || !meant.has(formatPath(path)));
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, step)
        ? (at as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}

function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return describeText(value);
  return typeof value === "number" || typeof value === "boolean" ? `${value}` : typeof value;
}

function describeText(text: string): string {
  const shown = JSON.stringify(neutraliseLine(text, LONGEST_TEXT));
  return text.length > LONGEST_TEXT ? `${shown} (${text.length} characters)` : shown;
}
