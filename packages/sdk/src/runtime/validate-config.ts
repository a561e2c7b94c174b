import type { ConfigIssue } from "@berth/contract";
import type { ContributionDefinition } from "../define-plugin.ts";

/** Most issues reported at once; a hostile schema could list millions. */
const MOST_ISSUES = 100;

/** Checks a configuration by the contribution's own schema; without one only an empty configuration passes. */
export async function validateConfig(
  definition: Pick<ContributionDefinition, "config">,
  config: unknown,
): Promise<{ value: unknown } | { issues: ConfigIssue[] }> {
  if (!definition.config) return withoutSchema(config);
  const result = await definition.config["~standard"].validate(config ?? {});
  if (!result.issues) return { value: result.value };
  return {
    issues: result.issues.slice(0, MOST_ISSUES).map((issue) => ({
      path: (issue.path ?? []).map(pathKey),
      message: issue.message,
    })),
  };
}

function withoutSchema(config: unknown): { value: unknown } | { issues: ConfigIssue[] } {
  const names = typeof config === "object" && config !== null ? Object.keys(config) : [];
  if (names.length === 0) return { value: {} };
  return { issues: names.map((name) => ({ path: [name], message: "is not a known field; there are none" })) };
}

function pathKey(segment: PropertyKey | { key: PropertyKey }): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "number" ? key : String(key);
}
