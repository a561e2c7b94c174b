import { nearest, neutraliseLine } from "@berth/base";
import type { core } from "zod";
import type { Part } from "./config-document.ts";
import type { ConfigPath } from "./config-path.ts";
import { allowedKeys, type JsonSchema, schemasAt, sectionsWith, takesAnyKey } from "./schema-lookup.ts";

/** One thing a schema complains of, in words, before it is placed. */
export interface Finding {
  path: ConfigPath;
  /** Default: the value. */
  part?: Part;
  message: string;
  /** For an unknown key: the key it was probably meant to be. */
  meant?: ConfigPath;
  /** A required value is not there at all. */
  isMissing?: boolean;
}

export interface IssueContext {
  schema: JsonSchema;
  valueAt: (path: ConfigPath) => unknown;
  /** What stands at `path`, in words, secrets hidden. */
  found: (path: ConfigPath) => string;
}

type Issue = core.$ZodIssue;
type IssueOf<Code extends Issue["code"]> = Extract<Issue, { code: Code }>;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
  null: "null",
};

/** Puts a complaint of the schema library into the words of a configuration file; a union can give several findings. */
export function describeIssue(issue: Issue, context: IssueContext): Finding[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const say = (must: string): Finding[] => [{ path, part: "value", message: `${must}, found ${context.found(path)}` }];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, context));
    case "invalid_type":
      return wrongType(path, expectedAt(path, issue.expected, context), context);
    case "invalid_value":
      return wrongValue(path, issue.values, context);
    case "invalid_union":
      return union(path, issue, context);
    case "invalid_key":
      return issue.issues.map((inner) => ({ path, part: "key", message: `the key ${keyComplaint(inner)}` }));
    case "too_small":
    case "too_big":
      return say(rangeOf(path, issue, context));
    case "invalid_format":
      return say(formatOf(issue));
    case "not_multiple_of":
      return say(`must be a multiple of ${issue.divisor}`);
    case "invalid_element":
      return issue.issues.flatMap((inner) => describeIssue(below(path, inner), context));
    case "custom":
    default:
      return custom(path, issue, context);
  }
}

const typeName = (expected: string): string => TYPE_NAMES[expected] ?? expected;

/** Of a number all is told at once that the schema knows: whether it must be whole, and in which range. */
function expectedAt(path: ConfigPath, expected: string, { schema }: IssueContext): string {
  if (expected !== "number" && expected !== "int") return typeName(expected);
  const parts = schemasAt(schema, path);
  const isWhole = expected === "int" || parts.some((part) => part.type === "integer");
  const range = parts.map(rangeIn).find((text) => text !== undefined);
  return `${isWhole ? "a whole number" : "a number"}${range === undefined ? "" : ` ${range}`}`;
}

/** Bounds as far out as numbers are exact are no rule of anybody's. */
function rangeIn({ minimum, maximum }: JsonSchema): string | undefined {
  if (minimum === undefined || maximum === undefined) return undefined;
  const isRule = minimum > Number.MIN_SAFE_INTEGER && maximum < Number.MAX_SAFE_INTEGER;
  return isRule ? `from ${minimum} to ${maximum}` : undefined;
}

function unknownKey(path: ConfigPath, key: string, { schema, valueAt }: IssueContext): Finding {
  const allowed = allowedKeys(schema, path, valueAt(path));
  const deeper = keyBelow(path, key, allowed, schema);
  const near = deeper ?? nearest(key, allowed);
  const guess = near === undefined ? elsewhere(path, key, schema) : `; did you mean \`${near}\`?`;
  const list = allowed.length === 0 ? " none is allowed here" : ` allowed: ${allowed.join(", ")}`;
  return {
    path: [...path, key],
    part: "key",
    message: `unknown key \`${neutraliseLine(key, 80)}\`${guess}${list}`,
    ...(near === undefined ? {} : { meant: [...path, near] }),
  };
}

/** A right key one level too high, as people write who know a flat form: into the map that has it, or the one that takes any. */
function keyBelow(path: ConfigPath, key: string, allowed: readonly string[], schema: JsonSchema): string | undefined {
  if (path.length === 0) return undefined; // There whole sections stand side by side, and any of them may take any key.
  const holder =
    allowed.find((name) => allowedKeys(schema, [...path, name], undefined).includes(key)) ??
    (nearest(key, allowed) === undefined ? allowed.find((name) => takesAnyKey(schema, [...path, name])) : undefined);
  return holder === undefined ? undefined : `${holder}.${neutraliseLine(key, 80)}`;
}

/** A right key in a wrong section is the commonest slip after a typing slip. */
function elsewhere(path: ConfigPath, key: string, schema: JsonSchema): string {
  const section = sectionsWith(schema, key).find((name) => name !== path[0]);
  return section === undefined ? ";" : `; it belongs in \`${section}\`;`;
}

function wrongType(path: ConfigPath, expected: string, context: IssueContext): Finding[] {
  if (context.valueAt(path) !== undefined || path.length === 0) {
    return [{ path, part: "value", message: `must be ${expected}, found ${context.found(path)}` }];
  }
  return [
    { path, part: "value", message: `is missing; must be ${expected}${purposeOf(path, context)}`, isMissing: true },
  ];
}

function wrongValue(path: ConfigPath, values: readonly unknown[], context: IssueContext): Finding[] {
  const names = values.map(String);
  return withGuess(
    wrongType(path, names.length === 1 ? names[0]! : `one of ${orList(names)}`, context),
    names,
    context,
  );
}

function withGuess(findings: Finding[], names: readonly string[], context: IssueContext): Finding[] {
  return findings.map((finding) => {
    const value = context.valueAt(finding.path);
    const near = typeof value === "string" && value !== "" ? nearest(value, names) : undefined;
    return near === undefined ? finding : { ...finding, message: `${finding.message}; did you mean "${near}"?` };
  });
}

/** `a, b or c`. */
function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function purposeOf(path: ConfigPath, { schema }: IssueContext): string {
  const description = schemasAt(schema, path).find((part) => part.description !== undefined)?.description;
  return description === undefined ? "" : ` (${description})`;
}

/** The branch that the value was evidently meant for speaks alone; otherwise all say what they would take. */
function union(path: ConfigPath, issue: IssueOf<"invalid_union">, context: IssueContext): Finding[] {
  const { discriminator, options } = issue as { discriminator?: string; options?: readonly unknown[] };
  if (discriminator !== undefined && options !== undefined) return wrongValue(path, options, context);
  const fitting = issue.errors.filter((errors) => !errors.some(isOfAnotherKind)).sort((a, b) => a.length - b.length)[0];
  if (fitting) return fitting.flatMap((inner) => describeIssue(below(path, inner), context));
  const refusals = issue.errors.flat().filter(isOfAnotherKind);
  const values = refusals.flatMap((inner) => (inner.code === "invalid_value" ? inner.values.map(String) : []));
  const types = refusals.flatMap((inner) => (inner.code === "invalid_type" ? [typeName(inner.expected)] : []));
  const allowed = orList([...new Set([...values.map((value) => JSON.stringify(value)), ...types])]);
  return withGuess(wrongType(path, allowed, context), values, context);
}

const isOfAnotherKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");

const below = (path: ConfigPath, issue: Issue): Issue => ({ ...issue, path: [...path, ...issue.path] });

function keyComplaint(issue: Issue): string {
  if (issue.code === "too_small" || issue.code === "too_big") return `must have ${boundOf(issue)} ${unitOf(issue)}`;
  return issue.code === "invalid_format" ? formatOf(issue) : "is not allowed here";
}

function rangeOf(path: ConfigPath, issue: IssueOf<"too_small"> | IssueOf<"too_big">, context: IssueContext): string {
  const unit = unitOf(issue);
  if (unit !== undefined) return `must have ${boundOf(issue)} ${unit}`;
  const range = schemasAt(context.schema, path)
    .map(rangeIn)
    .find((text) => text !== undefined);
  return `must be ${range ?? boundOf(issue)}`;
}

const UNITS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
  set: ["entry", "entries"],
  map: ["entry", "entries"],
  object: ["entry", "entries"],
};

function unitOf(issue: IssueOf<"too_small"> | IssueOf<"too_big">): string | undefined {
  const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
  return UNITS[issue.origin]?.[Number(limit) === 1 ? 0 : 1];
}

function boundOf(issue: IssueOf<"too_small"> | IssueOf<"too_big">): string {
  if (issue.code === "too_small") return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
  return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
}

/** A sentence of our own schemas begins with `must`; the library's own is replaced. */
function formatOf(issue: IssueOf<"invalid_format">): string {
  if (issue.message.startsWith("must ")) return issue.message;
  return issue.format === "regex" ? `must match ${issue.pattern ?? "its pattern"}` : `must be a valid ${issue.format}`;
}

function custom(path: ConfigPath, issue: IssueOf<"custom">, context: IssueContext): Finding[] {
  const message = neutraliseLine(issue.message, 500);
  const value = context.valueAt(path);
  const isScalar = value !== undefined && (typeof value !== "object" || value === null);
  const found = isScalar && message.startsWith("must ") ? `, found ${context.found(path)}` : "";
  return [{ path, part: "value", message: message + found }];
}
