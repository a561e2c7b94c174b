import type { JsonObject } from "@berth/base";
import type { Health } from "@berth/contract";
import type { HealthResult } from "./health-result.ts";
import { StickyHealth, type Stickiness } from "./sticky-health.ts";

/** What a check answered. */
export interface CheckAnswer {
  health: Health;
  message?: string;
  details?: JsonObject;
}

/** Something that happened and says how the thing is, for as long as it holds. */
export interface HealthSignal {
  health: Health;
  message?: string;
  /** When it holds no more by itself, in milliseconds since 1970; absent: until it is taken back. */
  until?: number;
}

/** The worse, the higher. */
const BADNESS: Readonly<Record<Health, number>> = { unknown: -1, healthy: 0, degraded: 1, unhealthy: 2 };

/**
 * What is known of how one thing is: what checks of it answered, by and by, and what happened to it, at once. The worst of these counts,
 * with what is said of it.
 */
export class HealthRecord {
  readonly name: string;
  readonly #checked = new StickyHealth();
  readonly #signals = new Map<string, HealthSignal>();
  #answer: CheckAnswer | undefined;
  #checkedAt: number | undefined;
  #health: Health = "unknown";
  #since: number;

  constructor(name: string, at: number) {
    this.name = name;
    this.#since = at;
  }

  get health(): Health {
    return this.#health;
  }

  /** A check was made. */
  checked(answer: CheckAnswer, at: number, rule: Stickiness): void {
    this.#checkedAt = at;
    if (answer.health !== "unknown" || this.#answer === undefined) this.#answer = answer;
    this.#checked.add(answer.health, rule);
  }

  /** Something happened; the same kind stands in the place of the one before. */
  signal(kind: string, signal: HealthSignal): void {
    this.#signals.set(kind, signal);
  }

  /** It does not hold any more. */
  takeBack(kind: string): void {
    this.#signals.delete(kind);
  }

  /** It is not there any more, or begins anew: what was known of it says nothing now. */
  forget(): void {
    this.#checked.forget();
    this.#signals.clear();
    this.#answer = undefined;
  }

  /** Works out what it is at `at`. @returns what it was, where that is another. */
  settle(at: number): Health | undefined {
    for (const [kind, { until }] of this.#signals) if (until !== undefined && until <= at) this.#signals.delete(kind);
    const before = this.#health;
    this.#health = this.#worst().health;
    if (this.#health === before) return undefined;
    this.#since = at;
    return before;
  }

  /** As it is told; `about` is what only its owner knows. */
  result(about: Pick<HealthResult, "tags" | "isRequired">): HealthResult {
    const { message, details } = this.#worst();
    return {
      name: this.name,
      health: this.#health,
      ...(message === undefined ? {} : { message }),
      ...(details === undefined ? {} : { details }),
      ...about,
      since: this.#since,
      ...(this.#checkedAt === undefined ? {} : { checkedAt: this.#checkedAt }),
    };
  }

  #worst(): CheckAnswer {
    const verdict = this.#checked.verdict;
    // An answer that did not change the verdict yet explains nothing of it.
    const explains = this.#answer?.health === verdict ? this.#answer : undefined;
    const { details } = this.#answer ?? {};
    const own: CheckAnswer = { ...explains, health: verdict, ...(details === undefined ? {} : { details }) };
    return [...this.#signals.values()].reduce<CheckAnswer>(
      (worst, signal) => (BADNESS[signal.health] > BADNESS[worst.health] ? told(signal, details) : worst),
      own,
    );
  }
}

function told({ health, message }: HealthSignal, details: JsonObject | undefined): CheckAnswer {
  return { health, ...(message === undefined ? {} : { message }), ...(details === undefined ? {} : { details }) };
}
