import type { ExitKind } from "@berth/contract";
import { isRestarted, type SupervisionPolicy } from "./policy.ts";
import { RestartBackoff } from "./restart-backoff.ts";
import { RestartWindow } from "./restart-window.ts";

/** Who is bound to whom, and what each is to have. */
export interface SupervisedGraph {
  policyOf: (plugin: string) => SupervisionPolicy;
  /** All that cannot do without it, also by way of others, each after those it needs. */
  dependentsOf: (plugin: string) => readonly string[];
  /** All plugins, providers first. */
  inOrder: () => readonly string[];
}

/** What is to be done about a plugin that ended. `stop` names those that run and are to be stopped first, dependents before providers. */
export type Verdict =
  | {
      do: "restart";
      stop: readonly string[];
      /** Providers first, the one that ended among them. */
      start: readonly string[];
      waitMs: number;
    }
  /** It is not started again by itself. */
  | { do: "leave"; stop: readonly string[] }
  /** `supervisor` has used up its restarts: it is over for it and for all that need it. */
  | { do: "give-up"; supervisor: string; stop: readonly string[]; restarts: number; periodMs: number };

/**
 * OTP's rules over a graph of plugins. Each plugin has a supervisor of its own, whose children are the plugin and all that cannot do without
 * it, in the order of a start; its `[supervision]` is that supervisor's. A child that ends is also the concern of each supervisor of
 * strategy `one_for_all` among those it needs. Pure and synchronous: whoever asks says what time it is and who runs.
 */
export class RestartRules {
  readonly #graph: SupervisedGraph;
  readonly #random: () => number;
  readonly #windows = new Map<string, RestartWindow>();
  readonly #backoffs = new Map<string, RestartBackoff>();

  /** @param random from 0 to below 1. */
  constructor(graph: SupervisedGraph, random: () => number) {
    this.#graph = graph;
    this.#random = random;
  }

  /** A plugin ended by itself while it ran. @param running the others that run. */
  exited(plugin: string, exit: ExitKind, running: ReadonlySet<string>, nowMs: number): Verdict {
    const { policyOf, dependentsOf } = this.#graph;
    if (isRestarted(policyOf(plugin).restart, exit)) return this.#restart(plugin, running, nowMs);
    return { do: "leave", stop: runningOf(dependentsOf(plugin), running) };
  }

  /** A plugin that was to be started again could not: that is one more restart, whatever its kind, as in OTP. */
  notStarted(plugin: string, running: ReadonlySet<string>, nowMs: number): Verdict {
    return this.#restart(plugin, running, nowMs);
  }

  /** A plugin runs from now on. */
  started(plugin: string, nowMs: number): void {
    this.#backoffs.get(plugin)?.started(nowMs);
  }

  /** Nothing counts of what was. */
  reset(plugin: string): void {
    this.#windows.delete(plugin);
    this.#backoffs.delete(plugin);
  }

  #restart(plugin: string, running: ReadonlySet<string>, nowMs: number): Verdict {
    const { policyOf, inOrder } = this.#graph;
    const concerned = this.#concerned(plugin);
    for (const supervisor of concerned) {
      const policy = policyOf(supervisor);
      const window = entry(this.#windows, supervisor, () => new RestartWindow());
      if (window.admit(nowMs, policy)) continue;
      const stop = runningOf(this.#childrenOf(supervisor), running);
      return { do: "give-up", supervisor, stop, restarts: window.count, periodMs: policy.periodMs };
    }
    const affected = this.#affected(plugin, concerned);
    const others = inOrder().filter((name) => affected.has(name) && running.has(name) && name !== plugin);
    const again = new Set([plugin, ...others.filter((name) => policyOf(name).restart !== "temporary")]);
    const backoff = entry(this.#backoffs, plugin, () => new RestartBackoff());
    return {
      do: "restart",
      stop: others.toReversed(),
      start: inOrder().filter((name) => again.has(name)),
      waitMs: backoff.nextMs(nowMs, policyOf(plugin), this.#random()),
    };
  }

  /** The supervisors that act when it ends: its own, and those whose every child concerns them. */
  #concerned(plugin: string): string[] {
    const { policyOf, dependentsOf, inOrder } = this.#graph;
    const above = inOrder().filter(
      (name) => name !== plugin && policyOf(name).strategy === "one_for_all" && dependentsOf(name).includes(plugin),
    );
    return [plugin, ...above];
  }

  #affected(plugin: string, [, ...above]: readonly string[]): Set<string> {
    const own = this.#graph.policyOf(plugin).strategy === "one_for_one" ? [plugin] : this.#childrenOf(plugin);
    return new Set([...own, ...above.flatMap((supervisor) => this.#childrenOf(supervisor))]);
  }

  #childrenOf(plugin: string): string[] {
    return [plugin, ...this.#graph.dependentsOf(plugin)];
  }
}

function runningOf(names: readonly string[], running: ReadonlySet<string>): string[] {
  return names.filter((name) => running.has(name)).toReversed();
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
