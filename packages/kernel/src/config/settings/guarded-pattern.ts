import { createContext, type Context, Script } from "node:vm";

/** An honest pattern takes microseconds, but a busy machine may take its time; one written to never end is ended. */
const LONGEST_MATCH_MS = 1_000;
const LONGEST_PATTERN = 1_000;

const TEST = new Script("new RegExp(pattern, 'u').test(text)");

/** @throws Error when it is no pattern, or a very long one. */
export function assertPattern(pattern: string): void {
  if (pattern.length > LONGEST_PATTERN) throw new Error(`a pattern may have at most ${LONGEST_PATTERN} characters`);
  void new RegExp(pattern, "u");
}

/** Patterns that strangers wrote. They run where they can be ended: one line of a manifest could otherwise hold the host's thread for ever. */
export class GuardedPatterns {
  #context: Context | undefined;

  /** Whether `text` matches, as JSON Schema has it: anywhere, with the flag `u`. @throws Error when that takes too long. */
  test(pattern: string, text: string): boolean {
    this.#context ??= createContext(Object.create(null) as object);
    this.#context["pattern"] = pattern;
    this.#context["text"] = text;
    return TEST.runInContext(this.#context, { timeout: LONGEST_MATCH_MS }) === true;
  }
}
