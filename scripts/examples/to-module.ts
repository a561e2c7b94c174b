import { type Token, tokenize } from "../source/tokenize.ts";

/**
 * Turns an example into a module that checks itself: `expression; // value`, or the value as a comment on the next line, becomes a
 * call of `check(expression, value, line)`. A comment that is no expression is left alone.
 *
 * @param modules names that the example may use without saying where from, by the module that exports them
 */
export function toModule(code: string, modules: ReadonlyMap<string, readonly string[]>): string {
  const tokens = tokenize(code);
  const used = new Set(tokens.filter(({ kind }) => kind === "word").map(({ text }) => text));
  for (const name of declaredNames(tokens)) used.delete(name);
  const imports = [...modules].flatMap(([url, names]) => {
    const wanted = names.filter((name) => used.has(name));
    for (const name of wanted) used.delete(name);
    return wanted.length === 0 ? [] : [`import { ${wanted.join(", ")} } from ${JSON.stringify(url)};`];
  });
  return [...imports, "export {};", withChecks(code, tokens)].join("\n");
}

function withChecks(code: string, tokens: readonly Token[]): string {
  let result = code;
  // From the end, so that earlier offsets stay true.
  for (const { start, end, value } of [...assertionsIn(code, tokens)].reverse()) {
    const line = code.slice(0, start).split("\n").length;
    const expression = code.slice(start, end);
    result = `${result.slice(0, start)}check(${expression}, (${value}), ${line})${result.slice(end)}`;
  }
  return result;
}

interface Assertion {
  /** Of the expression, without its semicolon. */
  start: number;
  end: number;
  value: string;
}

function* assertionsIn(code: string, tokens: readonly Token[]): Iterable<Assertion> {
  let depth = 0;
  let start: number | undefined;
  for (const [at, token] of tokens.entries()) {
    if (token.kind === "comment") continue;
    if (depth === 0) start ??= token.start;
    depth += depthChange(token);
    const isBlockEnd = depth === 0 && token.text === "}" && /^\s*\n\s*[\w`]/.test(code.slice(token.start + 1));
    if (depth === 0 && token.text === ";" && start !== undefined) {
      const value = valueBehind(code, tokens, at);
      if (value !== undefined && isExpression(code.slice(start, token.start))) yield { start, end: token.start, value };
    }
    if (depth === 0 && (token.text === ";" || isBlockEnd)) start = undefined;
  }
}

/** The comment behind a semicolon, on its line or alone on the next, if it is an expression. */
function valueBehind(code: string, tokens: readonly Token[], semicolon: number): string | undefined {
  const comment = tokens[semicolon + 1];
  if (comment?.kind !== "comment" || !comment.text.startsWith("//")) return undefined;
  const between = code.slice(tokens[semicolon]!.start + 1, comment.start);
  if (between.split("\n").length > 2) return undefined;
  const value = comment.text.slice(2).trim();
  return isExpression(value) ? value : undefined;
}

function isExpression(text: string): boolean {
  // A declaration in parentheses is a syntax error, and so is prose.
  if (/^(?:class|function|import|export)\b/.test(text)) return false;
  try {
    // oxlint-disable-next-line no-new-func, no-implied-eval -- only parsed, never called
    void new Function(`return async () => (${text}\n);`);
    return true;
  } catch {
    return false;
  }
}

/** What the example declares itself, at any depth of destructuring. */
function declaredNames(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, at) => {
    if (["class", "function"].includes(token.text)) return [tokens[at + 1]?.text ?? ""];
    if (!["const", "let", "using"].includes(token.text)) return [];
    const end = tokens.findIndex((other, index) => index > at && other.text === "=");
    return tokens.slice(at + 1, end).map(({ text }) => text);
  });
}

function depthChange({ kind, text }: Token): number {
  if (kind === "template") return Number(text.endsWith("${")) - Number(text.startsWith("}"));
  if (kind !== "punctuation") return 0;
  return "{([".includes(text) ? 1 : "})]".includes(text) ? -1 : 0;
}
