import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isTestFile, readUnits } from "../imports/workspace.ts";
import { readDocComment } from "../source/doc-comment.ts";
import { lineAt, tokenize } from "../source/tokenize.ts";

/** One `@example` of a doc comment. */
export interface Example {
  /** From the root. */
  file: string;
  /** Where `@example` stands. */
  line: number;
  code: string;
}

/** Every example in the doc comments of `packages`, tests left out. */
export function findExamples(root: string, packages: readonly string[]): Example[] {
  return readUnits(root)
    .filter((unit) => unit.group === "packages" && packages.includes(unit.ruleName))
    .flatMap((unit) => unit.files.filter((file) => !isTestFile(file)))
    .flatMap((file) => examplesIn(file, readFileSync(join(root, file), "utf8")));
}

function examplesIn(file: string, source: string): Example[] {
  return tokenize(source)
    .filter(({ kind, text }) => kind === "comment" && text.startsWith("/**"))
    .flatMap(({ text, start }) => {
      const places = [...text.matchAll(/^\s*\* @example/gm)].map((match) => start + match.index + match[0].length);
      return readDocComment(text).examples.map((code, index) => ({
        file,
        line: lineAt(source, places[index] ?? start),
        code,
      }));
    });
}
