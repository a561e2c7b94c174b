/** A piece of JavaScript or TypeScript. White space is left out; comments are kept, so that doc comments can be read too. */
export interface Token {
  kind: "word" | "string" | "template" | "number" | "regex" | "punctuation" | "comment";
  text: string;
  /** Offset of the first character. */
  start: number;
}

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy;
const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const NUMBER = /\d[\w.]*/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const TEMPLATE_HEAD = /`(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;
const TEMPLATE_REST = /\}(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;

/** After these a slash begins a regular expression, not a division. */
const BEFORE_EXPRESSION = new Set(
  "return typeof case in of delete void throw new instanceof await yield else do".split(" "),
);

/**
 * Cuts source text into tokens. It needs no grammar but knows what hides text from one: comments, strings, templates with their
 * nested expressions, regular expressions.
 *
 * @throws SyntaxError at a string or comment without an end: to guess on would be to miss imports silently.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const braces: ("{" | "${")[] = [];
  let previous: Token | undefined;
  for (let at = matchAt(SPACE, source, 0).length; at < source.length;) {
    const token = nextToken(source, at, previous, braces);
    tokens.push(token);
    if (token.kind !== "comment") previous = token;
    at += token.text.length;
    at += matchAt(SPACE, source, at).length;
  }
  return tokens;
}

function nextToken(source: string, at: number, previous: Token | undefined, braces: ("{" | "${")[]): Token {
  const char = source[at]!;
  const take = (kind: Token["kind"], pattern: RegExp): Token | undefined => {
    const text = matchAt(pattern, source, at);
    return text === "" ? undefined : { kind, text, start: at };
  };
  const token =
    (char === "/" && (take("comment", COMMENT) ?? (startsExpression(previous) ? take("regex", REGEX) : undefined))) ||
    (char === "`" && take("template", TEMPLATE_HEAD)) ||
    (char === "}" && braces.at(-1) === "${" && take("template", TEMPLATE_REST)) ||
    take("word", WORD) ||
    take("number", NUMBER) ||
    take("string", STRING);
  if (token) {
    trackTemplate(token, braces);
    return token;
  }
  if (`"'\``.includes(char) || source.startsWith("/*", at)) {
    throw new SyntaxError(`line ${lineAt(source, at)}: ${char === "/" ? "a comment" : "a string"} has no end`);
  }
  if (char === "{") braces.push("{");
  if (char === "}") braces.pop();
  return { kind: "punctuation", text: char, start: at };
}

function trackTemplate(token: Token, braces: ("{" | "${")[]): void {
  if (token.kind !== "template") return;
  if (token.text.startsWith("}")) braces.pop();
  if (token.text.endsWith("${")) braces.push("${");
}

function startsExpression(previous: Token | undefined): boolean {
  if (!previous) return true;
  if (previous.kind === "word") return BEFORE_EXPRESSION.has(previous.text);
  if (previous.kind === "template") return previous.text.endsWith("${");
  return previous.kind === "punctuation" && !")]}".includes(previous.text);
}

function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? "";
}

/** The line of an offset, from 1. */
export function lineAt(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf("\n"); at !== -1 && at < offset; at = source.indexOf("\n", at + 1)) line++;
  return line;
}
