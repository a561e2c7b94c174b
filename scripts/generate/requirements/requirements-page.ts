import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isTestFile, readUnits } from "../../imports/workspace.ts";
import { type Generated, pageHead, table } from "../generated-file.ts";
import { expandScope } from "./scope.ts";
import { collectTitles, type TitledTest } from "./titles.ts";

/** What the page is made of. */
export interface RequirementData {
  /** Id to what is asked. */
  ledger: Readonly<Record<string, string>>;
  /** Ids that this version must cover. */
  scope: readonly string[];
  /** Id to the sentence why no test names it. */
  notTested: Readonly<Record<string, string>>;
  tests: readonly TitledTest[];
}

/** The map from requirement to test, read from the titles of all tests under `root`. */
export function generateRequirements(root: string): Generated {
  const read = <T>(name: string): T => JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8")) as T;
  const files = readUnits(root).flatMap((unit) => unit.files.filter(isTestFile));
  const { tests, problems } = collectTitles(root, files);
  const data: RequirementData = {
    ledger: read("ledger.json"),
    scope: expandScope(read("scope.json")),
    notTested: read("not-tested.json"),
    tests,
  };
  return {
    files: [{ path: "docs/reference/requirements.md", content: requirementsPage(data) }],
    problems: [...problems, ...findGaps(data)],
  };
}

/** What is missing or contradicts itself, as sentences. */
export function findGaps({ ledger, scope, notTested, tests }: RequirementData): string[] {
  const tested = new Set(tests.flatMap((test) => test.ids));
  const unknown = tests.flatMap(({ file, title, ids }) =>
    ids
      .filter((id) => !Object.hasOwn(ledger, id))
      .map((id) => `${file}: "${title}" names ${id}, which is not in ledger.json`),
  );
  const strangers = [...scope, ...Object.keys(notTested)]
    .filter((id) => !Object.hasOwn(ledger, id))
    .map((id) => `${id} is not in ledger.json`);
  const missing = scope
    .filter((id) => !tested.has(id) && !Object.hasOwn(notTested, id))
    .map((id) => `${id} (${ledger[id]}) has neither a test nor a sentence in not-tested.json`);
  const settled = Object.keys(notTested)
    .filter((id) => tested.has(id))
    .map((id) => `${id} has a test now; remove its sentence from not-tested.json`);
  return [...unknown, ...strangers, ...missing, ...settled];
}

export function requirementsPage(data: RequirementData): string {
  const { ledger, scope, notTested, tests } = data;
  const byId = new Map<string, TitledTest[]>();
  for (const test of tests) for (const id of test.ids) byId.set(id, [...(byId.get(id) ?? []), test]);
  const inScope = new Set(scope);
  const ids = Object.keys(ledger);
  const row = (id: string): string[] => [id, ledger[id]!, evidence(byId.get(id), notTested[id])];
  const beyond = ids.filter((id) => !inScope.has(id) && byId.has(id));
  const testedInScope = scope.filter((id) => byId.has(id)).length;
  return [
    pageHead("Requirements and their tests", "the titles of the tests"),
    "What was asked, and the test that shows it. A test names the ids it covers at the end of its title, in brackets; an id without " +
      "a test has a sentence why in `scripts/generate/requirements/not-tested.json`.\n",
    `In scope: ${scope.length}. With a test: ${testedInScope}. With a sentence: ${scope.length - testedInScope}. ` +
      `Not yet in scope: ${ids.length - scope.length}, of which ${beyond.length} have a test already.\n`,
    "## In scope\n",
    `${table(["id", "asked", "shown by"], scope.map(row))}\n`,
    "## Ahead of scope\n",
    beyond.length === 0 ? "None.\n" : `${table(["id", "asked", "shown by"], beyond.map(row))}\n`,
  ].join("\n");
}

function evidence(tests: readonly TitledTest[] | undefined, sentence: string | undefined): string {
  if (!tests) return sentence === undefined ? "**missing**" : `No test: ${sentence}`;
  return tests.map(({ file, title }) => `[${escapeText(title)}](../../${file})`).join("<br>");
}

function escapeText(title: string): string {
  return title.replace(/[[\]<>*_`\\]/g, (char) => `\\${char}`);
}
