import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { readDeclarations } from "../source/declarations.ts";
import { type Link, type Page, readPage } from "./markdown.ts";

/** Folders whose files pages name by path. */
const OWN_PATH = /^(?:\.ci|apps|bench|docs|examples|packages|plugins|schemas|scripts)\/[\w./@-]+$|^[A-Z]+\.md$/;
/** Made by a command and not committed, or a folder of a project of somebody's own, or a name to be filled in. */
const MADE = /(?:^|\/)(?:dist|output|coverage|node_modules|\.berth|[A-Z]+)(?:\/|$)|^plugins\/countdown$/;
const SYMBOL = /^`([A-Za-z_]\w*)(?:\.(\w+))?(?:\(\))?`$/;

/** Everything in which a page speaks of something that is not there, as sentences with file and line. */
export function checkReferences(root: string, page: Page): string[] {
  const links = page.links.filter(({ target }) => !/^[a-z]+:/i.test(target));
  const problems = links.map((link) => linkProblem(root, page, link));
  // What a requirement asked for is quoted there, and need not be what was made.
  const quotes = page.file === "docs/reference/requirements.md";
  const paths = quotes ? [] : page.codeSpans.map(({ text, line }) => pathProblem(root, page, text, line));
  return [...problems, ...paths].filter((problem) => problem !== undefined);
}

function linkProblem(root: string, page: Page, { text, target, line }: Link): string | undefined {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page.file : normalize(join(dirname(page.file), decodeURIComponent(path)));
  const where = `${page.file}:${line}`;
  if (file.startsWith("..") || path.startsWith("/")) return `${where} links to ${target}, outside of the repository`;
  if (!existsSync(join(root, file))) return `${where} links to ${target}, which does not exist`;
  if (anchor !== undefined && file.endsWith(".md") && !readPage(root, file).anchors.has(anchor)) {
    return `${where} links to ${target}, which has no such heading`;
  }
  const [, name, member] = SYMBOL.exec(text) ?? [];
  return name !== undefined && /\.[jt]s$/.test(file) ? symbolProblem(root, file, where, name, member) : undefined;
}

function symbolProblem(
  root: string,
  file: string,
  where: string,
  name: string,
  member: string | undefined,
): string | undefined {
  const source = readFileSync(join(root, file), "utf8");
  if (!readDeclarations(source).some((declaration) => declaration.name === name)) {
    return `${where} names ${name}, which ${file} does not export`;
  }
  const isMember = member === undefined || new RegExp(`^\\s+.*\\b${member}\\??[(<:]`, "m").test(source);
  return isMember ? undefined : `${where} names ${name}.${member}, which ${file} does not have`;
}

function pathProblem(root: string, page: Page, text: string, line: number): string | undefined {
  if (!OWN_PATH.test(text) || MADE.test(text)) return undefined;
  const places = [text, join(dirname(page.file), text)];
  if (places.some((path) => existsSync(join(root, path)))) return undefined;
  return `${page.file}:${line} names ${text}, which does not exist`;
}
