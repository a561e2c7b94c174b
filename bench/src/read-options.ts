import { parseArgs } from "node:util";
import { nearest } from "@berth/base";
import { UsageError } from "./frame.ts";

/** What an option of a benchmark can mean. */
export interface Option<Value> {
  /** Where it is not given. */
  fallback: Value;
  /** `undefined` for what it cannot mean. */
  read: (text: string) => Value | undefined;
  /** In words. */
  allowed: string;
  /** Its values, where they have names. */
  names: readonly string[];
}

/** How often, or for how long. */
export function wholeNumber<Fallback extends number | undefined>(
  fallback: Fallback,
  least = 1,
): Option<Fallback | number> {
  const read = (text: string): number | undefined =>
    /^\d+$/.test(text) && Number(text) >= least ? Number(text) : undefined;
  return { fallback, read, allowed: `a whole number from ${least} on`, names: [] };
}

/** One of some names; all of them, or whatever is usual, where it is not given. */
export function oneOf<const Name extends string>(names: readonly Name[]): Option<Name | undefined> {
  const allowed = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return { fallback: undefined, read: (text) => names.find((name) => name === text), allowed, names };
}

/**
 * What a benchmark was asked for, beside `--json`, which `runAlone` knows. A slip is refused: something else would be measured, for
 * an hour.
 *
 * @throws UsageError that says what is allowed.
 */
export function readOptions<Values extends object>(
  options: { [Name in keyof Values]: Option<Values[Name]> },
  args: readonly string[] = process.argv.slice(2),
): Values {
  const known = new Map<string, Option<unknown>>(Object.entries(options));
  const values = Object.fromEntries([...known].map(([name, { fallback }]) => [name, fallback]));
  for (const { name, text } of givenOf([...known.keys()], args)) {
    const option = known.get(name);
    if (option) values[name] = valueOf(name, text, option);
  }
  return values as Values;
}

/** Node's own words for what is wrong know neither what is allowed nor what is near. */
function givenOf(names: readonly string[], args: readonly string[]): { name: string; text: string }[] {
  const all = [...names, "json"];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  return tokens.map((token) => {
    if (token.kind !== "option") throw new UsageError(noSuch(args[token.index]!, all));
    if (!all.includes(token.name)) throw new UsageError(noSuch(token.rawName, all, nearest(token.name, all)));
    return { name: token.name, text: token.value ?? "" };
  });
}

function noSuch(word: string, all: readonly string[], meant?: string): string {
  const list = all.map((name) => `--${name}`).join(", ");
  return `There is no "${word}" here, only ${list}${meant ? `; did you mean --${meant}?` : ""}`;
}

function valueOf(name: string, text: string, { read, allowed, names }: Option<unknown>): unknown {
  const value = read(text);
  if (value !== undefined) return value;
  const meant = nearest(text, names);
  const found = text === "" ? "nothing" : `"${text}"`;
  throw new UsageError(`--${name} must be ${allowed}, found ${found}${meant ? `; did you mean ${meant}?` : ""}`);
}
