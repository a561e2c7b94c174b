import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@berth/base";
import { HostError } from "@berth/contract";
import { ErrorWindow } from "./error-window.ts";

/** How much a callee may fail, how long it is then left alone, and what it takes to be trusted again. */
export interface BreakerPolicy {
  /** Failed calls in a row (after retries) that open the breaker; `Infinity` for any number. */
  failureThreshold: number;
  /** The share of failed calls, from 0 to 1, that opens it as well; `Infinity` for none. */
  errorRate: number;
  /** Over which time that share is taken. */
  windowMs: number;
  /** With fewer calls in that time the share says nothing. */
  minCalls: number;
  /** How long it stays open the first time, the second, and so on; the last repeats. */
  waitsMs: readonly number[];
  /** How many calls try whether the callee is back. */
  probes: number;
  /** How many of them must succeed: more than one, so that a callee that fails every other time is not taken for well. */
  successesToClose: number;
}

/** A breaker as it is stored: JSON, the same after a restart. */
export interface BreakerState {
  /** `half-open` while calls try whether the callee is back. */
  state: "closed" | "open" | "half-open";
  /** Failed calls in a row. */
  failures: number;
  /** How often it has opened since it was last closed. */
  trips: number;
  /** Milliseconds since 1970, 0 when closed. */
  openUntil: number;
}

/**
 * Leaves a callee alone that keeps failing, and finds out by a few calls when it is back.
 *
 * Each call takes a ticket when it enters and hands it back with its result. A ticket from before the last change of state is
 * void: calls that were already under way when the breaker opened neither prolong nor end what they did not see.
 */
export class Breaker {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #onChange: ((state: BreakerState) => void) | undefined;
  #policy: BreakerPolicy;
  #window: ErrorWindow | undefined;
  #state: BreakerState["state"] = "closed";
  #failures = 0;
  #trips = 0;
  #openUntil = 0;
  #era = 0;
  /** Why it is open, for whoever is refused. */
  #why = "";
  /** Of the probes of this half-open time: under way, succeeded, failed. */
  #probing = 0;
  #won = 0;
  #lost = 0;

  constructor(name: string, policy: BreakerPolicy, clock: Clock, onChange?: (state: BreakerState) => void) {
    this.#name = name;
    this.#policy = policy;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#window = windowOf(policy);
  }

  get state(): BreakerState {
    return { state: this.#state, failures: this.#failures, trips: this.#trips, openUntil: this.#openUntil };
  }

  /** Goes on under another policy; what was counted in a row stays. */
  adapt(policy: BreakerPolicy): void {
    if (isDeepStrictEqual(policy, this.#policy)) return;
    this.#policy = policy;
    this.#window = windowOf(policy);
    // What was tried so far may be too much or too little by the new rules: it is tried afresh.
    if (this.#state === "half-open") this.#move("open");
  }

  /** Takes up a stored state. Probes that were under way are taken as not made; a time too far ahead is brought within bounds. */
  restore(stored: BreakerState): void {
    this.#failures = count(stored.failures);
    this.#trips = count(stored.trips);
    this.#state = stored.state === "closed" ? "closed" : "open";
    if (this.#state === "open") this.#trips = Math.max(1, this.#trips);
    this.#why = inARow(this.#failures);
    const latest = this.#clock.now() + this.#waitMs(Math.max(1, this.#trips));
    this.#openUntil = this.#state === "closed" ? 0 : Math.min(stored.openUntil || 0, latest);
    this.#begin();
  }

  /** @throws CALL_BREAKER_OPEN when a call could not enter now. */
  check(): void {
    if (this.#state === "closed") return;
    if (this.#state === "half-open") {
      if (this.#hasProbe) return;
      throw this.#refusal(this.#clock.now() + this.#waitMs(this.#trips + 1), true);
    }
    const nowMs = this.#clock.now();
    const probeAt = this.#probeAt(nowMs);
    if (probeAt > nowMs) throw this.#refusal(probeAt, false);
  }

  /**
   * Lets a call in and gives its ticket; in an open breaker whose wait is over the call is a probe.
   *
   * @throws CALL_BREAKER_OPEN
   */
  enter(): number {
    if (this.#state !== "closed") {
      this.check();
      if (this.#state === "open") this.#move("half-open");
      this.#probing++;
    }
    return this.#era;
  }

  /** @param nowMs when, by `monotonicMs`. */
  succeeded(ticket: number, nowMs: number): void {
    if (ticket !== this.#era) return;
    if (this.#state === "closed") {
      this.#window?.count(false, nowMs);
      if (this.#failures === 0) return;
      this.#failures = 0;
      return this.#announce();
    }
    this.#probing--;
    this.#won++;
    // Hysteresis: it opened over several calls, so one good answer does not close it.
    if (this.#won < this.#policy.successesToClose) return;
    this.#failures = 0;
    this.#trips = 0;
    this.#openUntil = 0;
    this.#move("closed");
  }

  /** @param nowMs when, by `monotonicMs`. */
  failed(ticket: number, nowMs: number): void {
    if (ticket !== this.#era) return;
    this.#failures++;
    const why = this.#state === "closed" ? this.#reasonToOpen(nowMs) : this.#probeLost();
    if (why === undefined) return this.#announce();
    this.#why = why;
    this.#trips++;
    this.#openUntil = this.#clock.now() + this.#waitMs(this.#trips);
    this.#move("open");
  }

  /** The call says nothing about the callee: it was cancelled. A probe that ends so leaves its place to the next call. */
  undecided(ticket: number): void {
    if (ticket !== this.#era || this.#state !== "half-open") return;
    this.#probing--;
    if (this.#probing === 0 && this.#won === 0 && this.#lost === 0) this.#move("open");
  }

  get #hasProbe(): boolean {
    return this.#probing + this.#won + this.#lost < this.#policy.probes;
  }

  #reasonToOpen(nowMs: number): string | undefined {
    const { failureThreshold, errorRate, minCalls } = this.#policy;
    if (this.#window === undefined) return this.#failures >= failureThreshold ? inARow(this.#failures) : undefined;
    this.#window.count(true, nowMs);
    if (this.#failures >= failureThreshold) return inARow(this.#failures);
    const { calls, failures } = this.#window;
    if (calls < minCalls || failures < calls * errorRate) return undefined;
    return `${failures} of the last ${calls} calls failed`;
  }

  /** As soon as those that are left could not close it any more. */
  #probeLost(): string | undefined {
    this.#probing--;
    this.#lost++;
    const { probes, successesToClose } = this.#policy;
    return this.#lost > probes - successesToClose ? inARow(this.#failures) : undefined;
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
    const trying = this.#policy.probes === 1 ? "one call is trying it" : "a few calls are trying it";
    const when = isProbing
      ? `${trying} right now; if that fails, the next is let through at ${time}`
      : `the next call is let through at ${time}`;
    return new HostError("CALL_BREAKER_OPEN", `Did not call ${this.#name}: ${this.#why}, ${when}`, {
      details: { failures: this.#failures, nextProbeAt: probeAt },
    });
  }

  #move(state: BreakerState["state"]): void {
    this.#state = state;
    this.#begin();
    this.#announce();
  }

  /** Another era: what was counted of the last one says nothing about this one. */
  #begin(): void {
    this.#era++;
    this.#probing = 0;
    this.#won = 0;
    this.#lost = 0;
    this.#window?.clear();
  }

  #announce(): void {
    this.#onChange?.(this.state);
  }
}

function windowOf({ errorRate, windowMs }: BreakerPolicy): ErrorWindow | undefined {
  return errorRate === Infinity ? undefined : new ErrorWindow(windowMs);
}

function inARow(failures: number): string {
  return `it failed ${failures === 1 ? "once" : `${failures} times`} in a row`;
}

function count(stored: number): number {
  return Number.isSafeInteger(stored) && stored > 0 ? stored : 0;
}
