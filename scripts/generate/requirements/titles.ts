import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tokenize } from "../../source/tokenize.ts";

/** A test whose title names requirement ids. */
export interface TitledTest {
  /** From the root. */
  file: string;
  /** Without the ids. */
  title: string;
  ids: string[];
}

const IDS_AT_END = /^(.*?)((?:\s*\[(?:SIG|RPT|BWK|FLX|OPS)-[^\]]*\])+)$/s;
const BRACKET = /\[([^\]]*)\]/g;
const ID = /^[A-Z]{3}-\d+$/;

/** The tests in `files` that name ids, in order, and a sentence for each bracket that cannot be read. */
export function collectTitles(root: string, files: readonly string[]): { tests: TitledTest[]; problems: string[] } {
  const tests: TitledTest[] = [];
  const problems: string[] = [];
  for (const file of files) {
    for (const text of titlesIn(readFileSync(join(root, file), "utf8"))) {
      const [, title, brackets] = IDS_AT_END.exec(text) ?? [];
      if (title === undefined || brackets === undefined) continue;
      const lists = [...brackets.matchAll(BRACKET)].map(([, list]) => list!);
      const ids = lists.flatMap((list) => list.split(",")).map((id) => id.trim());
      const strange = ids.find((id) => !ID.test(id));
      if (strange === undefined) tests.push({ file, title, ids });
      else problems.push(`${file}: "${text}" must list ids one by one, such as [SIG-1, SIG-2]; found "${strange}"`);
    }
  }
  return { tests, problems };
}

/** Every text that is the first argument of a call, which is where titles stand; tables of titles included. */
function titlesIn(source: string): string[] {
  const tokens = tokenize(source).filter((token) => token.kind !== "comment");
  return tokens
    .filter(
      ({ kind }, at) =>
        (kind === "string" || kind === "template") && ["(", "[", ",", ":"].includes(tokens[at - 1]?.text ?? ""),
    )
    .map(({ text }) => text.slice(1, -1).replace(/\\(.)/g, "$1"));
}
