import { EXIT_KINDS, type ExitKind, RESTART_KINDS, RESTART_STRATEGIES } from "@berth/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SupervisionPolicy } from "./policy.ts";
import { RestartRules, type Verdict } from "./restart-rules.ts";

/** A plugin of the model: what it needs are plugins of lower numbers. */
interface Child {
  needs: readonly number[];
  policy: SupervisionPolicy;
}

/** Something that happens; `child` is taken modulo how many run, or are to be started. */
type Happening =
  | { what: "exits"; child: number; exit: ExitKind }
  | { what: "fails to start"; child: number }
  | { what: "time passes"; ms: number };

/**
 * The rules of OTP once more, as plainly as they can be told: nothing is kept but the whole history, and everything is worked out from
 * it each time.
 */
class Model {
  readonly #children: readonly Child[];
  readonly #restarts: { supervisor: number; at: number }[] = [];
  readonly running = new Set<number>();
  now = 0;

  constructor(children: readonly Child[]) {
    this.#children = children;
    children.forEach((_, i) => this.running.add(i));
  }

  needs(child: number, provider: number): boolean {
    return this.#children[child]!.needs.some((one) => one === provider || this.needs(one, provider));
  }

  /** @returns what should come of it, apart from the wait. */
  ends(child: number, exit: ExitKind | "start failed"): object {
    this.running.delete(child);
    const { restart, strategy } = this.#children[child]!.policy;
    const all = this.#children.map((_, i) => i);
    const below = (top: number): number[] => all.filter((i) => this.needs(i, top));
    const isAbnormal = exit === "crash" || exit === "killed" || exit === "limit";
    const comesBack = exit === "start failed" || restart === "permanent" || (restart === "transient" && isAbnormal);
    if (!comesBack) return { do: "leave", stop: this.#stop(below(child)) };
    const allForOne = all.filter((i) => this.#children[i]!.policy.strategy === "one_for_all" && this.needs(child, i));
    const members = new Set([child, ...(strategy === "one_for_one" ? [] : below(child))]);
    for (const supervisor of [child, ...allForOne]) {
      const { periodMs, maxRestarts } = this.#children[supervisor]!.policy;
      const counted = this.#restarts.filter((one) => one.supervisor === supervisor && one.at >= this.now - periodMs);
      if (counted.length === maxRestarts) {
        const stop = this.#stop([supervisor, ...below(supervisor)]);
        return { do: "give-up", supervisor: nameOf(supervisor), stop, restarts: maxRestarts, periodMs };
      }
      this.#restarts.push({ supervisor, at: this.now });
      if (supervisor !== child) for (const one of [supervisor, ...below(supervisor)]) members.add(one);
    }
    const others = [...members].filter((i) => i !== child && this.running.has(i));
    const start = [child, ...others.filter((i) => this.#children[i]!.policy.restart !== "temporary")];
    return { do: "restart", stop: this.#stop(others), start: start.sort((a, b) => a - b).map(nameOf) };
  }

  /** They end, the last first. */
  #stop(some: readonly number[]): string[] {
    const ended = some.filter((i) => this.running.has(i)).sort((a, b) => b - a);
    for (const i of ended) this.running.delete(i);
    return ended.map(nameOf);
  }
}

const nameOf = (child: number): string => `p${child}`;

const policy = fc.record<SupervisionPolicy>({
  restart: fc.constantFrom(...RESTART_KINDS),
  strategy: fc.constantFrom(...RESTART_STRATEGIES),
  maxRestarts: fc.nat(4),
  periodMs: fc.integer({ min: 1, max: 1_000 }),
  backoffMs: fc.nat(100),
  maxBackoffMs: fc.nat(400),
});

const tree = fc
  .array(fc.record({ needs: fc.array(fc.nat(8), { maxLength: 2 }), policy }), { minLength: 1, maxLength: 6 })
  .map((children): Child[] =>
    children.map((child, i) => ({ ...child, needs: i === 0 ? [] : [...new Set(child.needs.map((n) => n % i))] })),
  );

const exits = fc.record({
  what: fc.constant("exits" as const),
  child: fc.nat(9),
  exit: fc.constantFrom(...EXIT_KINDS),
});
const failsToStart = fc.record({ what: fc.constant("fails to start" as const), child: fc.nat(9) });
const timePasses = fc.record({ what: fc.constant("time passes" as const), ms: fc.nat(700) });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: exits },
  { weight: 1, arbitrary: failsToStart },
  { weight: 2, arbitrary: timePasses },
);

const rulesFor = (children: readonly Child[], model: Model): RestartRules =>
  new RestartRules(
    {
      policyOf: (name) => children[Number(name.slice(1))]!.policy,
      dependentsOf: (name) =>
        children
          .map((_, i) => i)
          .filter((i) => model.needs(i, Number(name.slice(1))))
          .map(nameOf),
      inOrder: () => children.map((_, i) => nameOf(i)),
    },
    () => 0.5,
  );

test("RestartRules decide as OTP does: exit kind x restart kind x strategy x time, over any graph [BWK-95, FLX-35]", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(tree, fc.array(happening, { maxLength: 40 }), (children, happenings) => {
      const model = new Model(children);
      const rules = rulesFor(children, model);
      for (const one of happenings) {
        if (one.what === "time passes") {
          model.now += one.ms;
          continue;
        }
        const candidates = [...model.running];
        if (candidates.length === 0) break;
        const child = candidates[one.child % candidates.length]!;
        const before = new Set(candidates.filter((i) => i !== child).map(nameOf));
        const said =
          one.what === "exits"
            ? rules.exited(nameOf(child), one.exit, before, model.now)
            : rules.notStarted(nameOf(child), before, model.now);
        const { waitMs, ...verdict } = said as Verdict & { waitMs?: number };
        expect(verdict).toEqual(model.ends(child, one.what === "exits" ? one.exit : "start failed"));
        const { restart, strategy, maxBackoffMs } = children[child]!.policy;
        if (one.what === "exits") seen.add(`${one.exit} ${restart} ${strategy}`);
        if (said.do !== "restart") continue;
        expect(waitMs).toBeLessThanOrEqual(maxBackoffMs);
        for (const name of said.start) {
          model.running.add(Number(name.slice(1)));
          rules.started(name, model.now);
        }
      }
    }),
    { numRuns: 1_000 },
  );
  // Every combination came up.
  expect(seen.size).toBe(EXIT_KINDS.length * RESTART_KINDS.length * RESTART_STRATEGIES.length);
});
