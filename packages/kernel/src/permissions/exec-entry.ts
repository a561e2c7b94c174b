/**
 * One entry of `permissions.exec`: `git` with any arguments, or only with some: `git log **`. It is held against each argument as it is
 * passed, never against a line of a shell: `*` is one argument, a last `**` all that follow, perhaps none; an argument with spaces, or
 * one that is a star itself, stands in quotes as in JSON. What a program makes of its arguments is its own affair: `git log **` also
 * allows `git log --output=FILE`.
 */
export interface ExecEntry {
  readonly program: string;
  /** Absent for any. */
  readonly args?: readonly ArgumentPattern[] | undefined;
}

/** One argument of that text, any one, or all the rest. */
export type ArgumentPattern = { readonly text: string } | "one" | "rest";

const WORD = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/y;

/** Reads an entry; `undefined` when it is none. */
export function parseExecEntry(text: string): ExecEntry | undefined {
  const [program, ...args] = wordsOf(text.trim()) ?? [];
  if (typeof program !== "object" || program.text === "") return undefined;
  if (args.slice(0, -1).includes("rest")) return undefined;
  const isAny = args.length === 0 || (args.length === 1 && args[0] === "rest");
  return isAny ? { program: program.text } : { program: program.text, args };
}

/** The one text an entry is written as. */
export function formatExecEntry({ program, args = [] }: ExecEntry): string {
  return [{ text: program }, ...args].map(formatWord).join(" ");
}

/** Whether an entry allows a program with these arguments. */
export function matchesExec({ program, args }: ExecEntry, command: string, given: readonly string[]): boolean {
  if (program !== command) return false;
  if (args === undefined) return true;
  const isOpen = args.at(-1) === "rest";
  const fixed = isOpen ? args.slice(0, -1) : args;
  if (isOpen ? given.length < fixed.length : given.length !== fixed.length) return false;
  return fixed.every((pattern, i) => typeof pattern !== "object" || pattern.text === given[i]);
}

/** What both entries allow; `undefined` when that is nothing. */
export function intersectExecEntries(a: ExecEntry, b: ExecEntry): ExecEntry | undefined {
  if (a.program !== b.program) return undefined;
  if (a.args === undefined || b.args === undefined) return { program: a.program, args: a.args ?? b.args };
  const args = intersectArguments(a.args, b.args);
  return args && { program: a.program, args };
}

function intersectArguments(a: readonly ArgumentPattern[], b: readonly ArgumentPattern[]) {
  const both: ArgumentPattern[] = [];
  for (let i = 0; i < a.length || i < b.length; i++) {
    const [left, right] = [a[i], b[i]];
    if (left === "rest") return [...both, ...b.slice(i)];
    if (right === "rest") return [...both, ...a.slice(i)];
    if (left === undefined || right === undefined) return undefined;
    if (left === "one") both.push(right);
    else if (right === "one" || right.text === left.text) both.push(left);
    else return undefined;
  }
  return both;
}

function wordsOf(text: string): ArgumentPattern[] | undefined {
  const words: ArgumentPattern[] = [];
  WORD.lastIndex = 0;
  for (let at = 0; at < text.length; at = WORD.lastIndex) {
    WORD.lastIndex = at;
    const found = WORD.exec(text);
    if (!found) return undefined;
    const [, inQuotes, bare] = found;
    if (bare !== undefined) words.push(bare === "*" ? "one" : bare === "**" ? "rest" : { text: bare });
    else {
      const unquoted = unquote(inQuotes!);
      if (unquoted === undefined) return undefined;
      words.push({ text: unquoted });
    }
  }
  return words;
}

function formatWord(word: ArgumentPattern): string {
  if (word === "one") return "*";
  if (word === "rest") return "**";
  return word.text === "*" || word.text === "**" || !/^[^\s"]+$/.test(word.text)
    ? JSON.stringify(word.text)
    : word.text;
}

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}
