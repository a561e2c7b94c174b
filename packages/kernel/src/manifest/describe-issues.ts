import { nearest } from "@berth/base";
import { manifestSchema } from "@berth/contract/manifest";
import * as z from "zod";
import { type Document, isTable, valueAt } from "./document.ts";
import { type DocumentPath, type Finding, pathText, quote } from "./finding.ts";

type Issue = z.core.$ZodIssue;

/** Words that are refused with more to say than which words are allowed. */
const REFUSED_WORDS: ReadonlyMap<string, string> = new Map([
  [
    "runtime.type=go-plugin",
    'cannot be "go-plugin": a Go plugin loads only into the very Go program it was built for; use "external" for any executable that speaks the protocol, Go ones included, or "wasm"',
  ],
]);

/** What the schema found, in words for the author: what is wrong, what is allowed, and the nearest valid name. */
export function describeIssues(issues: readonly Issue[], document: Document): Finding[] {
  return issues.flatMap((issue) => describeIssue(issue, issue.path as DocumentPath, document));
}

function describeIssue(issue: Issue, path: DocumentPath, document: Document): Finding[] {
  const value = valueAt(document, path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key), atKey: true }));
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map((inner) => ({ path, message: describe(inner, path.at(-1)), atKey: true }));
  }
  if (value === undefined) return [{ path, message: missing(path) }];
  if (issue.code === "invalid_union") return describeUnion(issue, path, document);
  if (issue.code === "invalid_value") return [{ path, message: wrongWord(issue.values.map(String), value, path) }];
  return [{ path, message: describe(issue, value) }];
}

function describe(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_type") return `must be ${kindName(issue.expected)}, is ${found(value)}`;
  if (issue.code === "too_small") return `must ${bound("at least", issue.minimum, issue.origin)}, ${actual(value)}`;
  if (issue.code === "too_big") return `must ${bound("at most", issue.maximum, issue.origin)}, ${actual(value)}`;
  // The patterns in the schema carry sentences of their own.
  return typeof value === "string" ? `${issue.message}, is ${quote(value)}` : issue.message;
}

/** What stands there, in the words of TOML. */
function found(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return "a list";
  if (isTable(value)) return "a table";
  if (value instanceof Date) return "a date";
  return `${typeof value === "number" ? "the number " : ""}${String(value)}`;
}

function bound(which: string, limit: number | bigint, origin: string): string {
  if (origin === "string") return `have ${which} ${limit} ${Number(limit) === 1 ? "character" : "characters"}`;
  if (origin === "array") return `have ${which} ${limit} ${Number(limit) === 1 ? "item" : "items"}`;
  return `be ${which} ${limit}`;
}

function actual(value: unknown): string {
  return typeof value === "string" || Array.isArray(value) ? `has ${value.length}` : `is ${String(value)}`;
}

function kindName(expected: string): string {
  const names: Record<string, string> = {
    string: "a string",
    boolean: "true or false",
    number: "a number",
    int: "a whole number",
    array: "a list",
    object: "a table",
    record: "a table",
  };
  return names[expected] ?? expected;
}

/** Each branch of a union failed in its own way; the one that got furthest is the one that was meant. */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, path: DocumentPath, document: Document): Finding[] {
  const depth = (branch: Issue[]): number => Math.max(0, ...branch.map((inner) => inner.path.length));
  const [deepest] = issue.errors.toSorted((a, b) => depth(b) - depth(a));
  if (deepest !== undefined && depth(deepest) > 0) {
    return deepest.flatMap((inner) => describeIssue(inner, [...path, ...(inner.path as DocumentPath)], document));
  }
  const value = valueAt(document, path);
  const words = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === "invalid_value" ? inner.values.map(String) : []));
  if (typeof value === "string" && words.length > 0) return [{ path, message: wrongWord(words, value, path) }];
  const kinds = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === "invalid_type" ? [kindName(inner.expected)] : []));
  const allowed = [...words.map(quote), ...new Set(kinds.filter((kind) => kind !== "null"))];
  return [{ path, message: `must be ${allowed.join(" or ")}, is ${found(value)}` }];
}

function wrongWord(allowed: readonly string[], value: unknown, path: DocumentPath): string {
  if (typeof value !== "string") return `must be ${oneOf(allowed)}, is ${found(value)}`;
  const refused = REFUSED_WORDS.get(`${pathText(path)}=${value}`);
  return refused ?? `must be ${oneOf(allowed)}, is ${quote(value)}${didYouMean(value, allowed)}`;
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? quote(words[0]!) : `one of ${words.map(quote).join(", ")}`;
}

function didYouMean(name: string, candidates: readonly string[]): string {
  const close = nearest(name, candidates);
  return close === undefined ? "" : `; did you mean ${quote(close)}?`;
}

function missing(path: DocumentPath): string {
  const about = schemaAt(path)?.meta()?.description;
  return about === undefined ? "is missing" : `is missing: ${about[0]!.toLowerCase()}${about.slice(1)}`;
}

function unknownKey(path: DocumentPath, key: string): string {
  const allowed = keysAt(path);
  const where = path.length === 0 ? "the manifest" : `[${pathText(path)}]`;
  return `is not a key of ${where}; allowed: ${allowed.join(", ")}${didYouMean(key, allowed) || belongsIn(key)}`;
}

/** A right key in a wrong section is the commonest slip after a typing slip. */
function belongsIn(key: string): string {
  const section = Object.keys(manifestSchema.shape).find((name) => keysAt([name]).includes(key));
  return section === undefined ? "" : `; it belongs in [${section}]`;
}

function keysAt(path: DocumentPath): string[] {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** The schema of what stands at `path`, wrappers such as "optional" taken off; in a union, the table. */
function schemaAt(path: DocumentPath): z.ZodType | undefined {
  let schema: z.ZodType | undefined = manifestSchema;
  for (const part of path) {
    if (schema instanceof z.ZodObject && Object.hasOwn(schema.shape, part))
      schema = unwrap(schema.shape[part] as z.ZodType);
    else if (schema instanceof z.ZodArray) schema = unwrap(schema.element as z.ZodType);
    else return undefined;
  }
  return schema;
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const about = schema.meta();
    const inner = unwrap(schema.unwrap() as z.ZodType);
    return about === undefined || inner.meta() !== undefined ? inner : inner.meta(about);
  }
  if (!(schema instanceof z.ZodUnion)) return schema;
  return (schema.options as z.ZodType[]).find((option) => option instanceof z.ZodObject) ?? schema;
}
