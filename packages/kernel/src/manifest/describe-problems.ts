import type { Problem } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { core } from "zod";
import { formatPath } from "../config/config-path.ts";
import type { Finding } from "../config/describe-issue.ts";
import { describeIssues, toLookup } from "../config/describe-issues.ts";
import { tomlDocument } from "../config/read-toml.ts";
import type { JsonSchema } from "../config/schema-lookup.ts";
import { sortProblems } from "../config/sort-problems.ts";
import { SourceFile } from "../config/source-file.ts";
import { type Document, tableOf } from "./document.ts";

/** More in one file than a person works through at once; a hostile file could have thousands. */
const MAX_PROBLEMS = 100;

/** There is more to say than which words are allowed. */
const GO_PLUGIN =
  'cannot be "go-plugin": a Go plugin loads only into the very Go program it was built for; use "external" for any executable that speaks the protocol, Go ones included, or "wasm"';

/** A manifest that is TOML but not sound, with what the schema and the rules complain of. */
export interface Unsound {
  file: string;
  text: string;
  document: Document;
  issues: readonly core.$ZodIssue[];
  findings: readonly Finding[];
}

/** Says what is wrong with manifests, in the words and by the ways of every configuration file. Not needed for sound ones. */
export class ProblemDescriber {
  #schema: Promise<JsonSchema> | undefined;

  /** The problems of one manifest, each at its place, in the order of the text. */
  async describe({ file, text, document, issues, findings }: Unsound): Promise<Problem[]> {
    const placed = tomlDocument(new SourceFile(file, text), document);
    const told = [...(await this.#inWords(issues, document)), ...findings];
    const problems = await Promise.all(told.map(({ path, message, part }) => placed.problemAt(path, message, part)));
    return atMost(MAX_PROBLEMS, sortProblems(problems), file);
  }

  async #inWords(issues: readonly core.$ZodIssue[], document: Document): Promise<Finding[]> {
    if (issues.length === 0) return [];
    // Costs as much to make as a hundred manifests to read.
    this.#schema ??= toLookup(manifestSchema);
    const told = describeIssues(issues, { schema: await this.#schema, value: document });
    if (tableOf(document["runtime"])["type"] !== "go-plugin") return told;
    return told.map((finding) =>
      formatPath(finding.path) === "runtime.type" ? { ...finding, message: GO_PLUGIN } : finding,
    );
  }
}

function atMost(count: number, problems: Problem[], file: string): Problem[] {
  if (problems.length <= count) return problems;
  const rest = problems.length - count;
  return [...problems.slice(0, count), { file, path: "", message: `has ${rest} more problems` }];
}
