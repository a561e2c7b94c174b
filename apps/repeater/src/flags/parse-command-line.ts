import { nearest } from "@berth/base";
import type { FlagSpec, FlagValue } from "./flag.ts";
import { parseValue } from "./parse-value.ts";

/** What was typed after the mode. */
export interface ParsedLine {
  /** By name of the flag. */
  values: Map<string, FlagValue>;
  /** Names of flags that were typed, also with values that are wrong. */
  typed: Set<string>;
  command: string | undefined;
  args: readonly string[];
  /** Everything that is wrong, each a sentence. */
  problems: string[];
  /** Whether one of them is that there is no such flag. */
  hasUnknown: boolean;
}

/** A flag by each of its spellings. */
export class FlagIndex {
  readonly #bySpelling = new Map<string, { flag: FlagSpec; isOff: boolean }>();
  readonly #meant: FlagIndex | undefined;

  /** @param meant whose flags are suggested, where that is a part alone. */
  constructor(flags: Iterable<FlagSpec>, meant?: FlagIndex) {
    this.#meant = meant;
    for (const flag of flags) {
      for (const spelling of spellingsOf(flag)) this.#bySpelling.set(spelling, { flag, isOff: false });
      if (flag.off) this.#bySpelling.set(flag.off, { flag, isOff: true });
    }
  }

  find(spelling: string): { flag: FlagSpec; isOff: boolean } | undefined {
    return this.#bySpelling.get(spelling);
  }

  nearest(spelling: string): string | undefined {
    return this.#meant?.nearest(spelling) ?? nearest(spelling, this.#bySpelling.keys());
  }
}

/** All ways to type a flag, but not how it is switched off; the long name first. */
export function spellingsOf({ name, also = [] }: FlagSpec): readonly string[] {
  return [`--${name}`, ...also];
}

/** A line as its parts: what stands before the mode counts as if it stood after it. */
export interface SplitLine {
  mode: string | undefined;
  before: readonly string[];
  after: readonly string[];
}

/** Finds the mode: the first word that is no flag and no flag's value. */
export function splitAtMode(words: readonly string[], index: FlagIndex): SplitLine {
  let at = 0;
  while (at < words.length && isFlag(words[at]!) && words[at] !== "--") {
    const takesValue = index.find(words[at]!)?.flag.kind;
    at += takesValue === undefined || takesValue === "switch" ? 1 : 2;
  }
  return { before: words.slice(0, at), mode: words[at], after: words.slice(at + 1) };
}

/**
 * Reads flags up to the command, which begins after `--` or with the first word that is no flag. All problems come at once.
 */
export function parseCommandLine(words: readonly string[], index: FlagIndex): ParsedLine {
  const line: ParsedLine = {
    values: new Map(),
    typed: new Set(),
    command: undefined,
    args: [],
    problems: [],
    hasUnknown: false,
  };
  let at = 0;
  while (at < words.length) {
    const word = words[at]!;
    if (word === "--") return withCommand(line, words.slice(at + 1));
    if (!isFlag(word)) return withUnmarkedCommand(line, words.slice(at), index);
    at += readFlag(line, words, at, index);
  }
  return line;
}

function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

function withCommand(line: ParsedLine, [command, ...args]: readonly string[]): ParsedLine {
  return { ...line, command, args };
}

/** Whose flag `--times` is in `rpr count echo --times 3` nobody can tell: neither do we. */
function withUnmarkedCommand(line: ParsedLine, words: readonly string[], index: FlagIndex): ParsedLine {
  const own = words.find((word) => word.startsWith("--") && word !== "--" && index.find(word.split("=", 1)[0]!));
  if (own !== undefined) {
    line.problems.push(
      `${own} stands after the command "${words[0]}" and may be meant for either: write -- before the command`,
    );
  }
  return withCommand(line, words);
}

/** @returns how many words it took. */
function readFlag(line: ParsedLine, words: readonly string[], at: number, index: FlagIndex): number {
  const word = words[at]!;
  const equals = word.indexOf("=");
  const spelling = equals > 0 ? word.slice(0, equals) : word;
  const inline = equals > 0 ? word.slice(equals + 1) : undefined;
  const found = index.find(spelling);
  const next = words[at + 1];
  if (!found) {
    const meant = index.nearest(spelling);
    line.hasUnknown = true;
    line.problems.push(`${spelling} is no flag${meant === undefined ? "" : `; did you mean ${meant}?`}`);
    // Most likely its value: a command that follows is marked by --, or the next problem would be about it.
    const isValue = inline === undefined && next !== undefined && !isFlag(next) && words.indexOf("--", at) > 0;
    return isValue ? 2 : 1;
  }
  const { flag, isOff } = found;
  line.typed.add(flag.name);
  if (flag.kind === "switch" && inline === undefined) {
    line.values.set(flag.name, !isOff);
    return 1;
  }
  if (inline === undefined && (next === undefined || next === "--" || index.find(next.split("=", 1)[0]!))) {
    line.problems.push(`${spelling} needs a value${flag.example === undefined ? "" : `, such as ${flag.example}`}`);
    return 1;
  }
  take(line, flag, spelling, inline ?? next!);
  if (isOff && line.values.get(flag.name) !== undefined) line.values.set(flag.name, !line.values.get(flag.name));
  return inline === undefined ? 2 : 1;
}

function take(line: ParsedLine, flag: FlagSpec, spelling: string, text: string): void {
  const parsed = parseValue(flag, text);
  if ("problem" in parsed) {
    line.problems.push(`${spelling} "${text}" ${parsed.problem}`);
    return;
  }
  const { value } = parsed;
  const earlier = line.values.get(flag.name);
  line.values.set(flag.name, Array.isArray(value) && Array.isArray(earlier) ? [...earlier, ...value] : value);
}
