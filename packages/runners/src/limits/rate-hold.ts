import type { LimitEvent } from "@berth/kernel/runner";
import { RateBudget } from "./rate-budget.ts";

const LONG_ENOUGH_MS = 1_000;

/** One limit that is a rate: the budget, and how fast it went while it could. */
export class RateHold {
  readonly #limit: LimitEvent["limit"];
  readonly #msPerUnit: number;
  readonly #budget: RateBudget;
  #allowed: number;
  #runMs = 0;
  #used = 0;

  /** `allowed` is in the unit of the limit; so much in `msPerUnit` milliseconds is what the budget counts. */
  constructor(limit: LimitEvent["limit"], allowed: number, msPerUnit: number) {
    this.#limit = limit;
    this.#allowed = allowed;
    this.#msPerUnit = msPerUnit;
    this.#budget = new RateBudget(allowed / msPerUnit);
  }

  get isSpent(): boolean {
    return this.#budget.isSpent;
  }

  /** How long it must stand still. */
  get restMs(): number {
    return this.#budget.msUntilSlice;
  }

  /** The hit as a report tells it: the pace it went at, not the one it was held to. */
  get event(): LimitEvent {
    const used = this.#runMs > 0 ? (this.#used / this.#runMs) * this.#msPerUnit : 0;
    return { limit: this.#limit, allowed: this.#allowed, used: Math.max(used, this.#allowed), action: "slowed" };
  }

  setAllowed(allowed: number): void {
    this.#allowed = allowed;
    this.#budget.setRate(allowed / this.#msPerUnit);
  }

  advance(elapsedMs: number, wasHeldBack: boolean, used: number): void {
    this.#budget.advance(elapsedMs, used);
    if (this.#runMs > LONG_ENOUGH_MS) {
      // What was long ago tells little; half of it keeps the figure steady.
      this.#runMs /= 2;
      this.#used /= 2;
    }
    if (!wasHeldBack) this.#runMs += elapsedMs;
    this.#used += used;
  }

  /** Whether it went at more than half of what is allowed. */
  isNear(elapsedMs: number, used: number): boolean {
    return used * this.#msPerUnit > (this.#allowed * elapsedMs) / 2;
  }

  /** How soon it could be spent at `perMs`. */
  msLeft(perMs: number): number {
    return this.#budget.balance / perMs;
  }
}
