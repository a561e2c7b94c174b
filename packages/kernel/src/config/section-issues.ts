import { type JsonValue, neutraliseLine } from "@berth/base";
import type { ConfigIssue, Problem } from "@berth/contract";
import type { ConfigDocument } from "./config-document.ts";
import { type ConfigPath, formatPath } from "./config-path.ts";
import { retypeReferences } from "./retype-references.ts";

/** Shorter values are words of any sentence; replacing them would hide nothing and garble much. */
const SHORTEST_HIDDEN = 4;

/**
 * Problems for what a plugin's own schema says of its section of a document: placed in the file, on one line, and without any
 * value that came from the environment.
 */
export async function placeSectionIssues(
  document: ConfigDocument,
  section: ConfigPath,
  issues: readonly ConfigIssue[],
): Promise<Problem[]> {
  const hide = hiderOf(document, section);
  return Promise.all(
    issues.map(({ path, message }) => document.problemAt([...section, ...path], neutraliseLine(hide(message), 500))),
  );
}

/**
 * The section once more, with the numbers and booleans that came from the environment as text where `issues` refused them; see
 * {@link retypeReferences}. `undefined` when there are none, and another check would only say the same again.
 */
export function retypeSection(
  document: ConfigDocument,
  section: ConfigPath,
  issues: readonly ConfigIssue[],
): JsonValue | undefined {
  const paths = issues.map(({ path }) => [...section, ...path]);
  const retyped = retypeReferences(document.value, document.references, paths);
  return retyped === undefined ? undefined : section.reduce(stepInto, retyped);
}

function hiderOf(document: ConfigDocument, section: ConfigPath): (message: string) => string {
  const hidden: [value: string, name: string][] = [];
  const visit = (value: JsonValue | undefined, path: ConfigPath): void => {
    const reference = document.references.get(formatPath(path));
    if (typeof value === "string" && reference && !reference.unset && value.length >= SHORTEST_HIDDEN) {
      hidden.push([value, reference.variables.map((name) => `\${${name}}`).join(", ")]);
    }
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      visit(stepInto(value, step), [...path, step]);
    }
  };
  visit(section.reduce(stepInto, document.value), section);
  // The longest first, or a value inside another would leave the rest of it in the open.
  hidden.sort(([a], [b]) => b.length - a.length);
  return (message) => hidden.reduce((text, [value, name]) => text.replaceAll(value, () => name), message);
}

const stepInto = (value: JsonValue, step: string | number): JsonValue =>
  (value as Record<string | number, JsonValue>)[step]!;
