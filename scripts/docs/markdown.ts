import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SKIPPED_FOLDERS } from "../imports/rules.ts";

/** A fenced block. */
export interface Fence {
  language: string;
  text: string;
  /** Where the block begins. */
  line: number;
  /** What the comment before it says: `<!-- file: examples/sources.yaml -->` gives `file: examples/sources.yaml`. */
  note: string | undefined;
}

/** `[text](target)`, a picture, or their form in HTML. */
export interface Link {
  text: string;
  target: string;
  line: number;
}

/** A Markdown file, as far as the checks look at it. */
export interface Page {
  /** From the root. */
  file: string;
  /** As a link's `#anchor` names them. */
  anchors: ReadonlySet<string>;
  fences: readonly Fence[];
  links: readonly Link[];
  /** Text between backticks, outside of fences. */
  codeSpans: readonly { text: string; line: number }[];
  /** The page without its fences, line for line. */
  prose: string;
}

/** Every Markdown file under `root`, from the root. */
export function findPages(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory())
        return SKIPPED_FOLDERS.has(entry.name) || entry.name === ".git" ? [] : findPages(root, path);
      return entry.name.endsWith(".md") ? [path] : [];
    })
    .sort();
}

export function readPage(root: string, file: string): Page {
  return parsePage(file, readFileSync(join(root, file), "utf8"));
}

export function parsePage(file: string, source: string): Page {
  const lines = source.split(/\r?\n/);
  const fences: Fence[] = [];
  const prose: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, indent = "", mark, language = ""] = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(lines[at]!) ?? [];
    if (!mark) {
      prose.push(lines[at]!);
      continue;
    }
    const start = at;
    const text: string[] = [];
    for (at++; at < lines.length && lines[at]!.trim() !== mark; at++) text.push(lines[at]!.slice(indent.length));
    fences.push({ language, text: text.join("\n"), line: start + 1, note: noteBefore(lines, start) });
    for (let line = start; line <= at; line++) prose.push("");
  }
  return {
    file,
    anchors: anchorsOf(prose),
    fences,
    links: [
      ...onEachLine(prose, /!?\[((?:\[[^\]]*\]|[^[\]])*)\]\(([^()\s]+)\)/g, ([, text, target], line) => ({
        text: text!,
        target: target!,
        line,
      })),
      ...onEachLine(prose, /<(?:img|a)\b[^>]*\b(?:src|href)="([^"]*)"/g, ([, target], line) => ({
        text: "",
        target: target!,
        line,
      })),
    ],
    codeSpans: onEachLine(prose, /(?<!`)`([^`]+)`(?!`)/g, ([, text], line) => ({ text: text!, line })),
    prose: prose.join("\n"),
  };
}

/** The comment on the nearest line above that is not empty. */
function noteBefore(lines: readonly string[], fence: number): string | undefined {
  const above = lines.slice(0, fence).findLast((line) => line.trim() !== "");
  return /^\s*<!-- (.*) -->$/.exec(above ?? "")?.[1];
}

function onEachLine<T>(
  lines: readonly string[],
  pattern: RegExp,
  read: (match: RegExpExecArray, line: number) => T,
): T[] {
  return lines.flatMap((text, index) => [...text.matchAll(pattern)].map((match) => read(match, index + 1)));
}

/** As code hosts make them: lower case, punctuation gone, spaces as hyphens; the second of one name gets `-1`. */
function anchorsOf(lines: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of lines) {
    const title = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (title === undefined) continue;
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}
