import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem, type HostError, type Problem } from "@berth/contract";
import { checkDocument, expandDocument, readDocument } from "@berth/kernel/config";
import { hostConfigSchema } from "@berth/kernel/config/schema";
import { readManifest } from "@berth/kernel/manifest";
import { jobsSchema } from "@berth/repeater/jobs/schema";
import { checkSources } from "@berth/signage";
import { runExamples } from "../examples/run-examples.ts";
import type { Fence, Page } from "./markdown.ts";

/** Languages of blocks that show what something looks like, or that are checked elsewhere. */
const NOT_CHECKED = new Set(["text", "mermaid", "sh", "console"]);
/** The variables that snippets take for granted. */
const ENVIRONMENT = { OPENWEATHER_API_KEY: "key", STOCK_API_KEY: "key", HOOK_ID: "id", OTLP_TOKEN: "token" };
/** What a snippet of a manifest is a part of. */
const MANIFEST = '[plugin]\nname = "snippet"\nversion = "1.0.0"\n[provides]\nservice = ["rates"]\n';
/** A file of `sources.yaml` has sources; a snippet that is about something else leaves them out. */
const SOURCES = 'sources:\n  - id: a\n    type: system-health\n    schedule: "* * * * *"\n';

/** What is wrong with a code block of a page, as a sentence; `undefined` for a good one. */
export async function snippetProblem(root: string, page: Page, fence: Fence): Promise<string | undefined> {
  const problem = await problemOf(root, fence);
  return problem === undefined ? undefined : `${page.file}:${fence.line} ${problem}`;
}

async function problemOf(root: string, { language, text, note }: Fence): Promise<string | undefined> {
  const file = /^file: (.+)$/.exec(note ?? "")?.[1];
  if (file !== undefined)
    return isPartOf(readFileSync(join(root, file), "utf8"), text) ? undefined : `differs from ${file}`;
  if (NOT_CHECKED.has(language)) return undefined;
  if (language === "ts") return tsProblem(root, text);
  if (language === "yaml") return yamlProblem(text);
  if (language === "json") return jsonProblem(text);
  if (language === "toml") return tomlProblem(text);
  return `is of the language "${language}", which nothing checks: name its file in a comment before it`;
}

/** Whether all lines of `part` stand together in `whole`, however it is indented; comments for editors may be left out. */
function isPartOf(whole: string, part: string): boolean {
  const lines = (source: string): string =>
    source
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("# yaml-language-server"))
      .join("\n");
  return `\n${lines(whole)}\n`.includes(`\n${lines(part)}\n`);
}

function tsProblem(root: string, code: string): string | undefined {
  const [outcome] = runExamples(root, [{ file: "packages/sdk/src/index.ts", line: 1, code }]);
  return outcome!.failures.length === 0 ? undefined : `does not run: ${outcome!.failures.join("; ")}`;
}

/** A snippet is a whole file, or a list of entries of `sources.yaml`; its first key tells which. */
async function yamlProblem(text: string): Promise<string | undefined> {
  if (text.startsWith("- id:")) return sourcesProblem(`sources:\n${text.replaceAll(/^/gm, "  ")}`);
  if (/^sources:/m.test(text)) return sourcesProblem(text);
  if (/^tracing:/m.test(text)) return sourcesProblem(`${text}\n${SOURCES}`);
  const [file, schema] = /^jobs:/m.test(text) ? ["jobs.yaml", jobsSchema] : ["berth.yaml", hostConfigSchema];
  const document = await expandDocument(await readDocument({ file, text }), { env: ENVIRONMENT });
  const { problems } = await checkDocument<unknown>(schema, document);
  return problems.length === 0 ? undefined : problems.map(formatProblem).join("; ");
}

async function sourcesProblem(text: string): Promise<string | undefined> {
  const check = await checkSources({ path: { file: "sources.yaml", text }, env: ENVIRONMENT });
  if (check.state !== "invalid") return undefined;
  return check.problems.map(formatProblem).join("; ");
}

/** A manifest or a part of one. The configuration of `rpr` is held to its program by the tests of that. */
async function tomlProblem(text: string): Promise<string | undefined> {
  if (text.startsWith("[defaults]")) return undefined;
  const whole = text.includes("[plugin]") ? text : MANIFEST + text;
  const { problems } = await readManifest(whole, "plugin.toml").then(
    () => ({ problems: [] as Problem[] }),
    (error: unknown) => ({ problems: ((error as HostError).details as unknown as { problems: Problem[] }).problems }),
  );
  return problems.length === 0 ? undefined : problems.map(formatProblem).join("; ");
}

/** One document, or one a line. */
function jsonProblem(text: string): string | undefined {
  const documents = /^\s*}/m.test(text) ? [text] : text.split("\n");
  try {
    for (const document of documents) JSON.parse(document);
    return undefined;
  } catch (error) {
    return `is neither a JSON document nor one a line: ${(error as Error).message}`;
  }
}
