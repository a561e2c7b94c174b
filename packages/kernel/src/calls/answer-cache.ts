import { jsonSize, type JsonValue } from "@berth/base";
import type { CachedAnswer, FallbackCache } from "./fallback.ts";

const MOST_ANSWERS = 200;
/** Larger ones would cost more memory than a failed call costs trouble. */
const LARGEST_BYTES = 256 * 1_024;
const LONGEST_KEY = 10_000;

/** The last answers of an endpoint, kept in memory while its policy lets them stand in for failed calls. */
export class AnswerCache<I> implements FallbackCache<I, JsonValue> {
  readonly isKeptOnlyIfUsed = true;
  readonly #keyOf: (input: I) => string | undefined;
  // In the order of their writing: the first is the oldest.
  readonly #answers = new Map<string, CachedAnswer<JsonValue>>();

  /** @param keyOf the same for calls that have the same answer; absent where an answer must not be used twice. */
  constructor(keyOf: (input: I) => string | undefined) {
    this.#keyOf = keyOf;
  }

  read(input: I): CachedAnswer<JsonValue> | undefined {
    const key = this.#keyOf(input);
    const kept = key === undefined ? undefined : this.#answers.get(key);
    return kept && { ...kept, value: structuredClone(kept.value) };
  }

  write(input: I, answer: CachedAnswer<JsonValue>): void {
    const key = this.#keyOf(input);
    if (key === undefined || key.length > LONGEST_KEY || !isSmall(answer.value)) return;
    this.#answers.delete(key);
    // Whoever got the answer may change it.
    this.#answers.set(key, { ...answer, value: structuredClone(answer.value) });
    if (this.#answers.size > MOST_ANSWERS) this.#answers.delete(this.#answers.keys().next().value!);
  }
}

function isSmall(value: JsonValue | undefined): boolean {
  return value !== undefined && jsonSize(value) <= LARGEST_BYTES;
}
