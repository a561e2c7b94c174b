import type { JsonValue } from "@berth/base";
import type { Problem } from "@berth/contract";
import type { ConfigDocument, Reference } from "./config-document.ts";
import { type ConfigNode, listNode, mapNode, scalarNode } from "./config-node.ts";
import { type ConfigPath, formatPath } from "./config-path.ts";
import { type Environment, type ExpandedText, expandText } from "./expand-text.ts";

export interface ExpandOptions {
  /** Default: the environment of the process. */
  env?: Environment;
  /**
   * Whether an unset variable at `path` is no problem, such as in a part that is switched off; the string then stays as written.
   * `value` is the whole document, expanded.
   */
  allowUnset?: (path: ConfigPath, value: JsonValue) => boolean;
}

interface Finding {
  path: ConfigPath;
  expanded: ExpandedText;
}

/**
 * Replaces the references of every string value, see {@link expandText}; keys are left alone. Everything wrong is added to the
 * document's problems, and `references` tells which values came from the environment.
 */
export async function expandDocument(document: ConfigDocument, options: ExpandOptions = {}): Promise<ConfigDocument> {
  const { env = process.env, allowUnset = () => false } = options;
  const findings: Finding[] = [];
  const root = expandNode(document.root, [], env, findings);
  const references = new Map(findings.map(({ path, expanded }) => [formatPath(path), referenceOf(expanded)]));
  const whole = document.with({ root, references });
  const isReported = ({ path, expanded }: Finding): boolean =>
    expanded.errors.length > 0 || (expanded.unset.length > 0 && !allowUnset(path, whole.value));
  const problems = await Promise.all(
    findings.filter(isReported).map(({ path, expanded }) => problemOf(document, path, expanded)),
  );
  return whole.with({ problems: [...document.problems, ...problems] });
}

const referenceOf = ({ variables, whole, unset, errors }: ExpandedText): Reference => ({
  variables,
  whole,
  unset: unset.length > 0 || errors.length > 0,
});

function problemOf(document: ConfigDocument, path: ConfigPath, { errors, unset }: ExpandedText): Promise<Problem> {
  const plural = unset.length > 1;
  const names = unset.join(", ");
  const advice = `set ${plural ? "them" : "it"}, or write \${${unset[0]}:-default}`;
  const sentence = `the environment variable${plural ? "s" : ""} ${names} ${plural ? "are" : "is"} not set; ${advice}`;
  return document.problemAt(path, errors[0] ?? sentence);
}

/** The same node where nothing below it changes. */
function expandNode(node: ConfigNode, path: ConfigPath, env: Environment, findings: Finding[]): ConfigNode {
  if (node.kind === "scalar") {
    if (typeof node.value !== "string" || !node.value.includes("${")) return node;
    const expanded = expandText(node.value, env);
    if (expanded.variables.length > 0 || expanded.errors.length > 0) findings.push({ path, expanded });
    return scalarNode(expanded.text, node.origin);
  }
  if (node.kind === "list") {
    const items = node.items.map((item, index) => expandNode(item, [...path, index], env, findings));
    return items.every((item, index) => item === node.items[index]) ? node : listNode(items, node.origin);
  }
  let changed = false;
  const entries = new Map<string, ConfigNode>();
  for (const [key, child] of node.entries) {
    const expanded = expandNode(child, [...path, key], env, findings);
    changed ||= expanded !== child;
    entries.set(key, expanded);
  }
  return changed ? mapNode(entries, node.origin) : node;
}
