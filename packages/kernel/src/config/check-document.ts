import type { JsonValue } from "@berth/base";
import type { Problem } from "@berth/contract";
import type { core, ZodType } from "zod";
import type { ConfigDocument } from "./config-document.ts";
import { type ConfigPath, formatPath } from "./config-path.ts";
import type { Finding } from "./describe-issue.ts";
import { describeIssues, toLookup } from "./describe-issues.ts";
import { retypeReferences } from "./retype-references.ts";
import { sortProblems } from "./sort-problems.ts";

/** What a check gives: the value with its defaults, or everything that is wrong. */
export type Checked<T> = { value: T; problems: readonly [] } | { value: undefined; problems: readonly Problem[] };

/**
 * Checks a document by a zod schema. Findings of reading and expanding come first: where the syntax is wrong, only it is told;
 * otherwise problems of references and of the schema are told together, sorted by place.
 */
export async function checkDocument<T>(schema: ZodType<T>, document: ConfigDocument): Promise<Checked<T>> {
  if (document.problems.some((problem) => problem.path === "")) return refused(document.problems);
  const { result, value } = parseWithReferences(schema, document);
  if (result.success && document.problems.length === 0) return { value: result.data, problems: [] };
  const issues = result.success ? [] : result.error.issues;
  return refused([...document.problems, ...(await placeIssues(issues, schema, document, value))]);
}

const refused = (problems: readonly Problem[]): { value: undefined; problems: readonly Problem[] } => ({
  value: undefined,
  problems: sortProblems(problems),
});

/** Parses; where a string from the environment was refused for its type, once more with what it spells. */
function parseWithReferences<T>(schema: ZodType<T>, document: ConfigDocument) {
  const value = document.value;
  const result = schema.safeParse(value);
  if (result.success || document.references.size === 0) return { result, value };
  const retyped = retypeReferences(value, document.references, refusedPaths(result.error.issues));
  return retyped === undefined ? { result, value } : { result: schema.safeParse(retyped), value: retyped };
}

function refusedPaths(issues: readonly core.$ZodIssue[], prefix: ConfigPath = []): ConfigPath[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
    if (issue.code === "invalid_union") return [path, ...issue.errors.flatMap((errors) => refusedPaths(errors, path))];
    return issue.code === "invalid_type" || issue.code === "invalid_value" ? [path] : [];
  });
}

async function placeIssues(
  issues: readonly core.$ZodIssue[],
  schema: ZodType,
  document: ConfigDocument,
  value: JsonValue,
): Promise<Problem[]> {
  if (issues.length === 0) return [];
  const standIn = (path: ConfigPath): string | undefined => {
    const variables = document.references.get(formatPath(path))?.variables;
    return variables && `the value of ${variables.map((name) => `\${${name}}`).join(", ")}`;
  };
  const findings = describeIssues(issues, { schema: await toLookup(schema), value, standIn });
  const isUnset = ({ path }: Finding): boolean => document.references.get(formatPath(path))?.unset === true;
  const told = findings.filter((finding) => !isUnset(finding));
  return Promise.all(told.map(({ path, message, part }) => document.problemAt(path, message, part)));
}
