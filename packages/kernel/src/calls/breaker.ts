import type { Clock } from "@berth/base";
import { HostError } from "@berth/contract";

/** How often a callee may fail in a row, and how long it is then left alone. */
export interface BreakerPolicy {
  /** Failed calls in a row (after retries) that open the breaker. */
  failureThreshold: number;
  /** How long it stays open the first time, the second, and so on; the last repeats. */
  waitsMs: readonly number[];
}

/** A breaker as it is stored: JSON, the same after a restart. */
export interface BreakerState {
  /** `half-open` while one call tries whether the callee is back. */
  state: "closed" | "open" | "half-open";
  /** Failed calls in a row. */
  failures: number;
  /** How often it has opened since it was last closed. */
  trips: number;
  /** Milliseconds since 1970, 0 when closed. */
  openUntil: number;
}

/**
 * Leaves a callee alone that keeps failing, and finds out by single calls when it is back.
 *
 * Each call takes a ticket when it enters and hands it back with its result. A ticket from before the last change of state is
 * void: calls that were already under way when the breaker opened neither prolong nor end what they did not see.
 */
export class Breaker {
  readonly #name: string;
  readonly #policy: BreakerPolicy;
  readonly #clock: Clock;
  readonly #onChange: ((state: BreakerState) => void) | undefined;
  #state: BreakerState["state"] = "closed";
  #failures = 0;
  #trips = 0;
  #openUntil = 0;
  #era = 0;

  constructor(name: string, policy: BreakerPolicy, clock: Clock, onChange?: (state: BreakerState) => void) {
    this.#name = name;
    this.#policy = policy;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return { state: this.#state, failures: this.#failures, trips: this.#trips, openUntil: this.#openUntil };
  }

  /** Takes up a stored state. A probe that was under way is taken as not made; a time too far ahead is brought within bounds. */
  restore(stored: BreakerState): void {
    this.#failures = count(stored.failures);
    this.#trips = count(stored.trips);
    this.#state = stored.state === "closed" ? "closed" : "open";
    if (this.#state === "open") this.#trips = Math.max(1, this.#trips);
    const latest = this.#clock.now() + this.#waitMs(Math.max(1, this.#trips));
    this.#openUntil = this.#state === "closed" ? 0 : Math.min(stored.openUntil || 0, latest);
    this.#era++;
  }

  /** @throws CALL_BREAKER_OPEN when a call could not enter now. */
  check(): void {
    if (this.#state === "closed") return;
    if (this.#state === "half-open") throw this.#refusal(this.#clock.now() + this.#waitMs(this.#trips + 1), true);
    const nowMs = this.#clock.now();
    const probeAt = this.#probeAt(nowMs);
    if (probeAt > nowMs) throw this.#refusal(probeAt, false);
  }

  /**
   * Lets a call in and gives its ticket; in an open breaker whose wait is over the call is the probe.
   *
   * @throws CALL_BREAKER_OPEN
   */
  enter(): number {
    if (this.#state !== "closed") {
      this.check();
      this.#move("half-open");
    }
    return this.#era;
  }

  succeeded(ticket: number): void {
    if (ticket !== this.#era || (this.#state === "closed" && this.#failures === 0)) return;
    this.#failures = 0;
    this.#trips = 0;
    this.#openUntil = 0;
    if (this.#state === "closed") this.#announce();
    else this.#move("closed");
  }

  failed(ticket: number): void {
    if (ticket !== this.#era) return;
    this.#failures++;
    if (this.#state === "closed" && this.#failures < this.#policy.failureThreshold) {
      this.#announce();
      return;
    }
    this.#trips++;
    this.#openUntil = this.#clock.now() + this.#waitMs(this.#trips);
    this.#move("open");
  }

  /** The call says nothing about the callee: it was cancelled. A probe that ends so leaves its place to the next call. */
  undecided(ticket: number): void {
    if (ticket === this.#era && this.#state === "half-open") this.#move("open");
  }

  #waitMs(trip: number): number {
    const { waitsMs } = this.#policy;
    return waitsMs[Math.min(trip, waitsMs.length) - 1]!;
  }

  /** The wall clock may have been set back since: nobody waits longer than the wait itself from now. */
  #probeAt(nowMs: number): number {
    const latest = nowMs + this.#waitMs(this.#trips);
    if (this.#openUntil > latest) {
      this.#openUntil = latest;
      this.#announce();
    }
    return this.#openUntil;
  }

  #refusal(probeAt: number, isProbing: boolean): HostError {
    const time = new Date(probeAt).toISOString();
    const when = isProbing
      ? `one call is trying it right now; if that fails, the next is let through at ${time}`
      : `the next call is let through at ${time}`;
    return new HostError(
      "CALL_BREAKER_OPEN",
      `Did not call ${this.#name}: it failed ${times(this.#failures)} in a row, ${when}`,
      { details: { failures: this.#failures, nextProbeAt: probeAt } },
    );
  }

  #move(state: BreakerState["state"]): void {
    this.#state = state;
    this.#era++;
    this.#announce();
  }

  #announce(): void {
    this.#onChange?.(this.state);
  }
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function count(stored: number): number {
  return Number.isSafeInteger(stored) && stored > 0 ? stored : 0;
}
