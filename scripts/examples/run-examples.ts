import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readManifest } from "../imports/workspace.ts";
import { readDeclarations } from "../source/declarations.ts";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { tokenize } from "../source/tokenize.ts";
import type { Example } from "./find-examples.ts";
import { toModule } from "./to-module.ts";

/** How an example went. */
export interface ExampleOutcome {
  example: Example;
  /** Values compared. */
  checks: number;
  failures: string[];
}

/** Packages whose exported names an example may use, nearest first. */
const PACKAGES = ["sdk", "contract", "base"];
const SURROUNDINGS = new Map([[pathToFileURL(join(import.meta.dirname, "surroundings.ts")).href, ["ctx", "call"]]]);

/** Runs examples of the repository at `root`, all in one Node.js process. */
export function runExamples(root: string, examples: readonly Example[]): ExampleOutcome[] {
  using folder = makeTemporaryTree();
  const shared = new Map([...exportedNames(root), ...SURROUNDINGS]);
  const nameOf = (index: number): string => `${String(index).padStart(4, "0")}.ts`;
  for (const [index, example] of examples.entries()) {
    const modules = new Map([ownNames(root, example), ...shared]);
    writeFileSync(join(folder.path, nameOf(index)), toModule(example.code, modules));
  }
  const { stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "run-modules.ts"), folder.path], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (stdout === "") throw new Error(`Cannot run the examples: ${stderr}`);
  const outcomes = JSON.parse(stdout) as Record<string, Omit<ExampleOutcome, "example">>;
  return examples.map((example, index) => ({ example, ...outcomes[nameOf(index)]! }));
}

/** What the example's own file exports comes first: an index need not list it. */
function ownNames(root: string, { file }: Example): [string, string[]] {
  const path = join(root, file);
  const names = readDeclarations(readFileSync(path, "utf8")).filter(({ kind }) => isValue(kind));
  return [pathToFileURL(path).href, names.map(({ name }) => name)];
}

function exportedNames(root: string): Map<string, string[]> {
  return new Map(
    PACKAGES.map((name) => {
      const folder = join(root, "packages", name);
      const index = join(folder, readManifest(folder).exports?.["."] ?? "src/index.ts");
      return [pathToFileURL(index).href, valueExports(readFileSync(index, "utf8"))];
    }),
  );
}

/** The names an index file re-exports that are there at run time. */
function valueExports(source: string): string[] {
  const tokens = tokenize(source).filter((token) => token.kind !== "comment");
  let isTypeClause = false;
  return tokens
    .filter(({ kind, text }, at) => {
      if (text === "export") isTypeClause = tokens[at + 1]?.text === "type";
      const isName = kind === "word" && !["export", "type", "from"].includes(text);
      return isName && !isTypeClause && tokens[at - 1]?.text !== "type";
    })
    .map(({ text }) => text);
}

function isValue(kind: string): boolean {
  return kind === "function" || kind === "class" || kind === "const";
}
