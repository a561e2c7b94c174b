import { ManualClock } from "@berth/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Breaker, type BreakerState } from "./breaker.ts";
import { DEFAULT_POLICY } from "./policy.ts";

const MINUTE_MS = 60_000;
const THRESHOLD = 3;

/** The breaker as its description reads, with the calls in it: no tickets, no policies, no clock. */
class Model {
  state: BreakerState["state"] = "closed";
  failures = 0;
  trips = 0;
  openUntil = 0;
  now: number;
  /** The calls under way that the present state has let in. */
  calls = new Set<number>();

  constructor(now: number) {
    this.now = now;
  }

  begin(call: number): boolean {
    if (this.state === "half-open" || (this.state === "open" && this.now < this.openUntil)) return false;
    if (this.state === "open") this.#change("half-open");
    this.calls.add(call);
    return true;
  }

  end(call: number, result: Result): void {
    if (!this.calls.delete(call)) return;
    if (result === "success") {
      Object.assign(this, { failures: 0, trips: 0, openUntil: 0 });
      this.#change("closed");
    } else if (result === "cancelled") {
      if (this.state === "half-open") this.#change("open");
    } else if (++this.failures >= THRESHOLD || this.state === "half-open") {
      this.trips++;
      this.openUntil = this.now + Math.min(30, 2 ** (this.trips - 1)) * MINUTE_MS;
      this.#change("open");
    }
  }

  restart(): void {
    if (this.state === "half-open") this.state = "open";
    this.calls.clear();
  }

  #change(state: BreakerState["state"]): void {
    if (state !== this.state) this.calls.clear();
    this.state = state;
  }
}

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
      result: fc.constantFrom<Result[]>("success", "failure", "failure", "failure", "failure", "cancelled"),
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

  constructor(clock: ManualClock) {
    this.#clock = clock;
    const { waitsMs } = DEFAULT_POLICY.breaker;
    this.#breaker = new Breaker("x", { failureThreshold: THRESHOLD, waitsMs }, clock);
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
    if (result === "success") this.#breaker.succeeded(ticket);
    else if (result === "failure") this.#breaker.failed(ticket);
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
  test("does what the model does under any order of calls, results, waits and restarts [SIG-93] [SIG-94] [SIG-95] [SIG-109]", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const clock = new ManualClock(Date.UTC(2026, 0, 1));
        const model = new Model(clock.now());
        const real = new Real(clock);
        for (const [index, next] of steps.entries()) {
          if (next.do === "begin") expect(real.begin(index)).toBe(model.begin(index));
          else if (next.do === "end") {
            const call = real.calls[next.pick % Math.max(1, real.calls.length)];
            if (call === undefined) continue;
            real.end(call, next.result);
            model.end(call, next.result);
          } else if (next.do === "wait") real.wait(next.minutes);
          else {
            real.restart();
            model.restart();
          }
          model.now = clock.now();
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
