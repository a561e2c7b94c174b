import { lineAt, type Token, tokenize } from "../source/tokenize.ts";

/** One place where a file names another module. */
export interface ImportSite {
  /** `undefined` when the name is computed. */
  specifier: string | undefined;
  /**
   * `static`: loaded with the file. `dynamic`: loaded when the line runs. `type`: gone after type stripping.
   * `resolve`: only its place is asked for, or a builtin fetched.
   */
  kind: "static" | "dynamic" | "type" | "resolve";
  line: number;
}

/** Every import of a source text, in order. */
export function scanImports(source: string): ImportSite[] {
  const tokens = tokenize(source).filter((token) => token.kind !== "comment");
  const sites: ImportSite[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const found = siteAt(tokens, at);
    if (found) sites.push({ ...found, line: lineAt(source, tokens[at]!.start) });
  }
  return sites;
}

type Found = Pick<ImportSite, "specifier" | "kind"> | undefined;

function siteAt(tokens: Token[], at: number): Found {
  const word = tokens[at]!;
  if (word.kind !== "word") return undefined;
  const isMember = isText(tokens[at - 1], ".") && !isText(tokens[at - 2], ".");
  if (word.text === "import" && !isMember) return readImport(tokens, at);
  if (word.text === "export" && !isMember) return readExport(tokens, at);
  if (word.text === "require" && !isMember) return readRequire(tokens, at);
  if (word.text === "getBuiltinModule") return readCall(tokens, at + 1, "resolve");
  return undefined;
}

function readImport(tokens: Token[], at: number): Found {
  const next = tokens[at + 1];
  if (next?.kind === "string") return { specifier: unquote(next), kind: "static" };
  if (isText(next, "(")) return readCall(tokens, at + 1, "dynamic");
  if (isText(next, ".")) {
    return isText(tokens[at + 3], ".") && isText(tokens[at + 4], "resolve")
      ? readCall(tokens, at + 5, "resolve")
      : undefined;
  }
  if (next?.kind !== "word" && !isText(next, "{") && !isText(next, "*")) return undefined;
  return readFrom(tokens, at + 1, isTypeOnly(tokens, at + 1) ? "type" : "static");
}

function readExport(tokens: Token[], at: number): Found {
  const isType = isText(tokens[at + 1], "type");
  const clause = isType ? at + 2 : at + 1;
  if (isText(tokens[clause], "*")) return readFrom(tokens, clause, isType ? "type" : "static");
  if (!isText(tokens[clause], "{")) return undefined;
  const end = tokens.findIndex((token, index) => index > clause && isText(token, "}"));
  return isText(tokens[end + 1], "from") ? readFrom(tokens, end, isType ? "type" : "static") : undefined;
}

function readRequire(tokens: Token[], at: number): Found {
  if (isText(tokens[at + 1], ".") && isText(tokens[at + 2], "resolve")) return readCall(tokens, at + 3, "resolve");
  const found = readCall(tokens, at + 1, "static");
  return found?.specifier === undefined ? undefined : found;
}

/** `import type X from`, but neither `import type from "x"` nor `import type, { a } from "x"`. */
function isTypeOnly(tokens: Token[], at: number): boolean {
  if (!isText(tokens[at], "type")) return false;
  const next = tokens[at + 1];
  return !isText(next, ",") && !(isText(next, "from") && tokens[at + 2]?.kind === "string");
}

/** The string after the next `from`. A clause holds no strings but renamed ones, so the first `from "…"` is the right one. */
function readFrom(tokens: Token[], start: number, kind: "static" | "type"): Found {
  for (let at = start; at < tokens.length && !isText(tokens[at], ";"); at++) {
    const specifier = tokens[at + 1];
    if (isText(tokens[at], "from") && specifier?.kind === "string") return { specifier: unquote(specifier), kind };
  }
  return undefined;
}

/** The first argument of the call whose parenthesis stands at `at`. */
function readCall(tokens: Token[], at: number, kind: "static" | "dynamic" | "resolve"): Found {
  if (!isText(tokens[at], "(")) return undefined;
  const [argument, after] = [tokens[at + 1], tokens[at + 2]];
  const isLiteral =
    (argument?.kind === "string" || isPlainTemplate(argument)) && (isText(after, ")") || isText(after, ","));
  return { specifier: isLiteral ? unquote(argument!) : undefined, kind };
}

function isPlainTemplate(token: Token | undefined): boolean {
  return token?.kind === "template" && token.text.startsWith("`") && token.text.endsWith("`") && token.text.length > 1;
}

function isText(token: Token | undefined, text: string): boolean {
  return token?.text === text && (token.kind === "word" || token.kind === "punctuation");
}

/** Module names hold no escapes; one that does stays as written and then matches no rule. */
function unquote(token: Token): string {
  return token.text.slice(1, -1);
}
