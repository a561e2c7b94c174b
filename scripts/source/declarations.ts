import { type DocComment, readDocComment } from "./doc-comment.ts";
import { type Token, tokenize } from "./tokenize.ts";

/** An exported declaration of a source text. */
export interface Declaration {
  name: string;
  kind: "function" | "class" | "interface" | "type" | "const";
  doc: DocComment | undefined;
  /** How it is used: bodies of functions, values of constants and private members left out. */
  signature: string;
}

const KINDS = new Set(["function", "class", "interface", "type", "const"]);
const MODIFIERS = new Set(["export", "abstract", "async", "declare"]);

/** Everything `source` declares with `export`, in order. Re-exports are none of it. */
export function readDeclarations(source: string): Declaration[] {
  const tokens = tokenize(source);
  const found: Declaration[] = [];
  for (let at = 0, depth = 0; at < tokens.length; at++) {
    depth += depthChange(tokens[at]!);
    if (depth === 0 && isText(tokens[at], "export")) {
      const declaration = declarationAt(source, tokens, at);
      if (declaration) found.push(declaration);
    }
  }
  return found;
}

function declarationAt(source: string, tokens: Token[], start: number): Declaration | undefined {
  let at = start;
  while (MODIFIERS.has(tokens[at]?.text ?? "")) at++;
  const kind = tokens[at]?.text ?? "";
  const name = tokens[at + 1];
  if (!KINDS.has(kind) || name?.kind !== "word") return undefined;
  const comment = tokens[start - 1];
  return {
    name: name.text,
    kind: kind as Declaration["kind"],
    doc: comment?.text.startsWith("/**") ? readDocComment(comment.text) : undefined,
    signature: signatureOf(source, tokens, start, kind),
  };
}

function signatureOf(source: string, tokens: Token[], start: number, kind: string): string {
  if (kind === "interface" || kind === "type") return textOf(source, tokens, start, endOfStatement(tokens, start));
  const end = endOfHeader(tokens, start);
  const header = textOf(source, tokens, start, end - 1);
  if (kind !== "class") return `${header};`;
  const members = memberSignatures(source, tokens, end);
  return members.length === 0
    ? `${header} {}`
    : `${header} {\n${members.map((member) => `  ${member};`).join("\n")}\n}`;
}

/** The public members of the class whose brace stands at `brace`, without bodies, values and comments. */
function memberSignatures(source: string, tokens: Token[], brace: number): string[] {
  const members: string[] = [];
  for (let at = brace + 1; at < tokens.length && !isText(tokens[at], "}");) {
    while (tokens[at]?.kind === "comment" || isText(tokens[at], ";")) at++;
    if (isText(tokens[at], "}")) break;
    const end = endOfHeader(tokens, at);
    const text = textOf(source, tokens, at, end - 1).replace(/\s+/g, " ");
    // Computed names are symbols, for the machinery.
    if (!/^(?:(?:readonly|static|async) )*(?:#|\[|private )/.test(text)) members.push(text);
    at = isText(tokens[end], ";") ? end + 1 : afterBody(tokens, end);
  }
  return members;
}

/** From a body's brace, or a value's equals sign, to the first token behind it. */
function afterBody(tokens: Token[], at: number): number {
  return (isText(tokens[at], "{") ? closing(tokens, at) : endOfStatement(tokens, at)) + 1;
}

/** Where a header ends: at its body's brace, its value's equals sign, or its semicolon. */
function endOfHeader(tokens: Token[], start: number): number {
  let angles = 0;
  for (let at = start; at < tokens.length; at++) {
    const { text } = tokens[at]!;
    const isArrow = text === ">" && isText(tokens[at - 1], "=");
    if (text === "<") angles++;
    else if (text === ">" && !isArrow) angles--;
    else if (angles === 0 && text === ";") return at;
    else if (angles === 0 && text === "=" && !isText(tokens[at + 1], ">")) return at;
    else if (angles === 0 && text === "{" && !isInType(tokens, at)) return at;
    else if (depthChange(tokens[at]!) > 0) at = closing(tokens, at);
  }
  return tokens.length;
}

/** Whether the brace at `at` begins an object type, not a body: behind a colon, an operator of types, or the arrow of a function type. */
function isInType(tokens: Token[], at: number): boolean {
  const previous = tokens[at - 1]?.text ?? "";
  return [":", "|", "&", ","].includes(previous) || (previous === ">" && isText(tokens[at - 2], "="));
}

function endOfStatement(tokens: Token[], start: number): number {
  const isInterface = tokens.slice(start, start + 3).some((token) => isText(token, "interface"));
  for (let at = start; at < tokens.length; at++) {
    if (depthChange(tokens[at]!) > 0) {
      const end = closing(tokens, at);
      if (isInterface && isText(tokens[at], "{") && !isInAngles(tokens, start, at)) return end;
      at = end;
    } else if (isText(tokens[at], ";")) return at;
  }
  return tokens.length - 1;
}

function isInAngles(tokens: Token[], start: number, end: number): boolean {
  const count = (text: string): number => tokens.slice(start, end).filter((token) => isText(token, text)).length;
  return count("<") > count(">");
}

function closing(tokens: Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    depth += depthChange(tokens[at]!);
    if (depth === 0) return at;
  }
  return tokens.length - 1;
}

function depthChange({ kind, text }: Token): number {
  if (kind === "template") return Number(text.endsWith("${")) - Number(text.startsWith("}"));
  if (kind !== "punctuation") return 0;
  return "{([".includes(text) ? 1 : "})]".includes(text) ? -1 : 0;
}

function textOf(source: string, tokens: Token[], first: number, last: number): string {
  const end = tokens[Math.min(last, tokens.length - 1)]!;
  return source.slice(tokens[first]!.start, end.start + end.text.length).trim();
}

function isText(token: Token | undefined, text: string): boolean {
  return token?.text === text && (token.kind === "word" || token.kind === "punctuation");
}
