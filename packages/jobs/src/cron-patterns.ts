import type { Cron } from "croner";
import { type CronOptions, CronPattern, openCron, reopenCron } from "./cron-pattern.ts";

/** A pattern that only remembers its last answer is small: a few hundred bytes. */
const MOST_PATTERNS = 1_000;

/** The parsed form takes 83 kB, and making it again a fraction of a millisecond: these are 1.3 MB at most. */
const MOST_PARSED = 16;

/**
 * One pattern for each expression and zone, however many jobs have it; of the parsed forms behind them only those used last are
 * kept.
 */
export class CronPatterns {
  readonly #patterns = new Map<string, CronPattern>();
  readonly #parsed = new Map<CronPattern, Cron>();
  readonly #mostParsed: number;

  constructor(mostParsed = MOST_PARSED) {
    this.#mostParsed = mostParsed;
  }

  /** How many are held in parsed form. */
  get parsed(): number {
    return this.#parsed.size;
  }

  /** @throws CONFIG_INVALID as {@link parseCron}. */
  get(expression: string, options: CronOptions = {}): CronPattern {
    const key = `${options.seconds === true ? "s" : "m"} ${options.zone ?? ""} ${expression}`;
    const pattern = this.#patterns.get(key) ?? this.#parse(expression, options);
    renew(this.#patterns, key, pattern, MOST_PATTERNS);
    return pattern;
  }

  #parse(given: string, options: CronOptions): CronPattern {
    const { expression, zone, cron } = openCron(given, options);
    const open = (): Cron => {
      const parsed = this.#parsed.get(pattern) ?? reopenCron(expression, zone, options);
      renew(this.#parsed, pattern, parsed, this.#mostParsed);
      return parsed;
    };
    const pattern = new CronPattern(expression, zone, open);
    renew(this.#parsed, pattern, cron, this.#mostParsed);
    return pattern;
  }
}

/** Makes `key` the last in the map, and drops the first if there are too many. */
function renew<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
