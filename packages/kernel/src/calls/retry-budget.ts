/** How many retries calls may bring about. */
export interface BudgetPolicy {
  /** Retries of the last minute, in hundredths of its calls. */
  percent: number;
  /** Retries a minute that are allowed however few calls there are: what is called once an hour could never be retried otherwise. */
  perMinute: number;
}

/** A tenth more load is what a service that is failing already can bear; ten a minute is less than one notices. */
export const DEFAULT_BUDGET: BudgetPolicy = { percent: 10, perMinute: 10 };

const PARTS = 6;
const PART_MS = 10_000;

/**
 * Bounds the retries of one plugin, over all its endpoints: in any minute no more than a share of its calls. A retry takes from the
 * budget of whom it calls *and* from that of the plugin by which its chain of calls began, so that layers which all retry add up to the
 * same share and do not multiply.
 */
export class RetryBudget {
  readonly #policy: () => BudgetPolicy;
  readonly #calls = new Float64Array(PARTS);
  readonly #retries = new Float64Array(PARTS);
  #at = 0;
  #endMs = -Infinity;

  /** @param policy read at each retry, so that a changed one holds at once. */
  constructor(policy: BudgetPolicy | (() => BudgetPolicy) = DEFAULT_BUDGET) {
    this.#policy = typeof policy === "function" ? policy : () => policy;
  }

  /** A call has come. @param nowMs by a clock that never goes back. */
  noteCall(nowMs: number): void {
    if (nowMs >= this.#endMs) this.#turn(nowMs);
    this.#calls[this.#at]!++;
  }

  /** Whether one more retry is within the budget. */
  hasRetry(nowMs: number): boolean {
    if (nowMs >= this.#endMs) this.#turn(nowMs);
    const { percent, perMinute } = this.#policy();
    return sum(this.#retries) + 1 <= Math.max(perMinute, (sum(this.#calls) * percent) / 100);
  }

  noteRetry(nowMs: number): void {
    if (nowMs >= this.#endMs) this.#turn(nowMs);
    this.#retries[this.#at]!++;
  }

  #turn(nowMs: number): void {
    const passed = 1 + Math.floor((nowMs - this.#endMs) / PART_MS);
    const isAllOld = passed >= PARTS;
    for (let i = 0; i < Math.min(passed, PARTS); i++) {
      this.#at = (this.#at + 1) % PARTS;
      this.#calls[this.#at] = 0;
      this.#retries[this.#at] = 0;
    }
    this.#endMs = isAllOld ? nowMs + PART_MS : this.#endMs + passed * PART_MS;
  }
}

/** Takes a retry from both, or from neither. */
export function takeRetry(own: RetryBudget | undefined, root: RetryBudget | undefined, nowMs: number): boolean {
  if (own?.hasRetry(nowMs) === false) return false;
  if (root !== own && root?.hasRetry(nowMs) === false) return false;
  own?.noteRetry(nowMs);
  if (root !== own) root?.noteRetry(nowMs);
  return true;
}

function sum(parts: Float64Array): number {
  let total = 0;
  for (const part of parts) total += part;
  return total;
}
