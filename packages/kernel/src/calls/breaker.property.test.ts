import { ManualClock } from "@berth/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Breaker, type BreakerState } from "./breaker.ts";
import { DEFAULT_POLICY } from "./policy.ts";

const MINUTE_MS = 60_000;
/** Shorter than any wait below: a wait empties the window. */
const WINDOW_MS = 20_000;

interface Rules {
  failureThreshold: number;
  errorRate: number;
  minCalls: number;
  probes: number;
  successesToClose: number;
}

/** The breaker as its description reads, with the calls in it: no tickets, no sliding, no clock. */
class Model {
  state: BreakerState["state"] = "closed";
  failures = 0;
  trips = 0;
  openUntil = 0;
  now: number;
  /** The calls under way that the present state has let in. */
  calls = new Set<number>();
  /** How the calls of the window ended, and the probes of this half-open time. */
  ended: boolean[] = [];
  readonly #rules: Rules;

  constructor(now: number, rules: Rules) {
    this.now = now;
    this.#rules = rules;
  }

  begin(call: number): boolean {
    const isOver = this.state === "open" && this.now >= this.openUntil;
    if (this.state === "open" && !isOver) return false;
    if (isOver) this.#change("half-open");
    if (this.state === "half-open" && this.calls.size + this.ended.length >= this.#rules.probes) return false;
    this.calls.add(call);
    return true;
  }

  end(call: number, result: Result): void {
    if (!this.calls.delete(call)) return;
    if (result === "cancelled") {
      if (this.state === "half-open" && this.calls.size + this.ended.length === 0) this.#change("open");
      return;
    }
    this.ended.push(result === "success");
    if (result === "failure") this.failures++;
    else if (this.state === "closed") this.failures = 0;
    if (this.state === "closed" ? this.#isTooMuch() : this.#isLost()) {
      this.trips++;
      this.openUntil = this.now + Math.min(30, 2 ** (this.trips - 1)) * MINUTE_MS;
      this.#change("open");
    } else if (this.state === "half-open" && this.#count(true) >= this.#rules.successesToClose) {
      Object.assign(this, { failures: 0, trips: 0, openUntil: 0 });
      this.#change("closed");
    }
  }

  wait(now: number): void {
    this.now = now;
    if (this.state === "closed") this.ended = [];
  }

  restart(): void {
    if (this.state === "half-open") this.state = "open";
    this.calls.clear();
    this.ended = [];
  }

  #isTooMuch(): boolean {
    const { failureThreshold, errorRate, minCalls } = this.#rules;
    if (this.ended.at(-1) === true) return false;
    const isRateTooHigh = this.ended.length >= minCalls && this.#count(false) >= errorRate * this.ended.length;
    return this.failures >= failureThreshold || isRateTooHigh;
  }

  /** Those that are left could not close it any more. */
  #isLost(): boolean {
    const { probes, successesToClose } = this.#rules;
    return probes - this.#count(false) < successesToClose;
  }

  #count(wanted: boolean): number {
    return this.ended.filter((wasGood) => wasGood === wanted).length;
  }

  #change(state: BreakerState["state"]): void {
    this.calls.clear();
    this.ended = [];
    this.state = state;
  }
}

const rules: fc.Arbitrary<Rules> = fc
  .record({
    failureThreshold: fc.constantFrom(1, 3, Infinity),
    errorRate: fc.constantFrom(0.3, 0.6, Infinity),
    minCalls: fc.integer({ min: 2, max: 6 }),
    probes: fc.integer({ min: 1, max: 4 }),
    successesToClose: fc.integer({ min: 1, max: 4 }),
  })
  .filter(({ probes, successesToClose }) => successesToClose <= probes);

type Result = "success" | "failure" | "cancelled";
type Step = { do: "begin" | "restart" } | { do: "end"; pick: number; result: Result } | { do: "wait"; minutes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: "begin" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "restart" }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      pick: fc.nat(9),
      result: fc.constantFrom<Result[]>("success", "success", "failure", "failure", "failure", "cancelled"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(0.5, 1, 2, 4, 16, 30) }),
  },
);

/** The real one, spoken to by the same words. */
class Real {
  readonly #clock: ManualClock;
  readonly #breaker: Breaker;
  readonly #tickets = new Map<number, number>();

  constructor(clock: ManualClock, own: Rules) {
    this.#clock = clock;
    this.#breaker = new Breaker("x", { ...DEFAULT_POLICY.breaker, windowMs: WINDOW_MS, ...own }, clock);
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  get calls(): number[] {
    return [...this.#tickets.keys()];
  }

  begin(call: number): boolean {
    try {
      this.#tickets.set(call, this.#breaker.enter());
      return true;
    } catch {
      return false;
    }
  }

  end(call: number, result: Result): void {
    const ticket = this.#tickets.get(call)!;
    this.#tickets.delete(call);
    if (result === "success") this.#breaker.succeeded(ticket, this.#clock.now());
    else if (result === "failure") this.#breaker.failed(ticket, this.#clock.now());
    else this.#breaker.undecided(ticket);
  }

  wait(minutes: number): void {
    this.#clock.setWallClock(this.#clock.now() + minutes * MINUTE_MS);
  }

  restart(): void {
    this.#breaker.restore(JSON.parse(JSON.stringify(this.state)) as BreakerState);
  }
}

describe("Breaker against its model", () => {
  test("does what the model does under any order of calls, results, waits and restarts, by any rules [SIG-93] [SIG-94] [SIG-95] [SIG-109] [BWK-2]", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(rules, fc.array(step, { minLength: 40, maxLength: 160, size: "max" }), (own, steps) => {
        const clock = new ManualClock(Date.UTC(2026, 0, 1));
        const model = new Model(clock.now(), own);
        const real = new Real(clock, own);
        for (const [index, next] of steps.entries()) {
          if (next.do === "begin") expect(real.begin(index)).toBe(model.begin(index));
          else if (next.do === "end") {
            const call = real.calls[next.pick % Math.max(1, real.calls.length)];
            if (call === undefined) continue;
            real.end(call, next.result);
            model.end(call, next.result);
          } else if (next.do === "wait") {
            real.wait(next.minutes);
            model.wait(clock.now());
          } else {
            real.restart();
            model.restart();
          }
          const { state, failures, trips, openUntil } = model;
          expect(real.state).toEqual({ state, failures, trips, openUntil });
          seen.add(`${state} ${Math.min(trips, 4)}`);
        }
      }),
      { numRuns: 300 },
    );
    // Without these the steps would prove little.
    for (const state of ["closed 0", "open 1", "half-open 1", "open 2", "half-open 2", "open 4"])
      expect(seen).toContain(state);
  });
});
