import { type CronOptions, type CronPattern, parseCron } from "./cron-pattern.ts";

/** A parsed pattern holds 83 kB: these are 5 MB at most. */
const MOST_PATTERNS = 64;

/** Parsed patterns, one for each expression and zone, the least recently used forgotten first. */
export class CronPatterns {
  readonly #patterns = new Map<string, CronPattern>();
  readonly #most: number;

  constructor(most = MOST_PATTERNS) {
    this.#most = most;
  }

  get size(): number {
    return this.#patterns.size;
  }

  /** @throws CONFIG_INVALID as {@link parseCron}. */
  get(expression: string, options: CronOptions = {}): CronPattern {
    const key = `${options.seconds === true ? "s" : "m"} ${options.zone ?? ""} ${expression}`;
    const pattern = this.#patterns.get(key) ?? parseCron(expression, options);
    this.#patterns.delete(key);
    this.#patterns.set(key, pattern);
    if (this.#patterns.size > this.#most) this.#patterns.delete(this.#patterns.keys().next().value!);
    return pattern;
  }
}
