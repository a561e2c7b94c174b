import type { Endpoint } from "@berth/kernel/calls";
import type { ReloadReport } from "@berth/kernel/reload";
import type { MetricFamily, OwnMetrics } from "@berth/telemetry/metrics";
import type { EndpointFigures } from "./job-families.ts";

/** One count by two names. */
export interface NamedCount {
  name: string;
  outcome: string;
  count: number;
}

/** A run of a job, as far as it is counted. */
export interface CountedRun {
  job: string;
  outcome: string;
}

const NO_FIGURES: Omit<EndpointFigures, "endpoint"> = {
  breaker: "closed",
  queued: 0,
  inFlight: 0,
  retries: 0,
  cached: 0,
  refused: 0,
};

/** More jobs than an application may have, with every way to end. */
const MOST_COUNTS = 10_000;

/** What nobody else keeps of what metrics tell: counts since the host began, and which endpoints there are. */
export class HostCounts {
  readonly #reloads = new OutcomeCounts();
  readonly #runs = new OutcomeCounts();
  readonly #endpoints = new Set<Endpoint<never, unknown>>();
  #own: Promise<OwnMetrics> | undefined;
  #ownMetrics: OwnMetrics | undefined;

  reloaded({ plugin, outcome }: ReloadReport): void {
    this.#reloads.add(plugin, outcome);
  }

  ran({ job, outcome }: CountedRun): void {
    this.#runs.add(job, outcome);
  }

  /** Tells of an endpoint until disposed; of what is none, nothing. */
  track(endpoint: object): Disposable | undefined {
    if (!("metrics" in endpoint && "breakerState" in endpoint)) return undefined;
    const held = endpoint as Endpoint<never, unknown>;
    this.#endpoints.add(held);
    return { [Symbol.dispose]: () => void this.#endpoints.delete(held) };
  }

  get reloads(): NamedCount[] {
    return this.#reloads.all;
  }

  get runs(): NamedCount[] {
    return this.#runs.all;
  }

  /** By name; of several of one name, such as those of two versions of a plugin, together. */
  get endpoints(): EndpointFigures[] {
    const byName = new Map<string, EndpointFigures>();
    for (const { name, breakerState, metrics } of this.#endpoints) {
      const known = byName.get(name) ?? NO_FIGURES;
      byName.set(name, {
        endpoint: name,
        breaker: breakerState.state === "closed" ? known.breaker : breakerState.state,
        queued: known.queued + metrics.queued,
        inFlight: known.inFlight + metrics.inFlight,
        retries: known.retries + metrics.retries,
        cached: known.cached + metrics.cached,
        refused: known.refused + metrics.breakerRefusals + metrics.concurrencyRefusals,
      });
    }
    return [...byName.values()];
  }

  /** What plugins count; loaded by the first that does. */
  own(): Promise<OwnMetrics> {
    this.#own ??= import("@berth/telemetry/metrics").then(({ OwnMetrics }) => (this.#ownMetrics = new OwnMetrics()));
    return this.#own;
  }

  get ownFamilies(): MetricFamily[] {
    return this.#ownMetrics?.families() ?? [];
  }
}

class OutcomeCounts {
  readonly #counts = new Map<string, NamedCount>();

  add(name: string, outcome: string): void {
    const key = JSON.stringify([name, outcome]);
    const known = this.#counts.get(key);
    if (known) known.count++;
    else if (this.#counts.size < MOST_COUNTS) this.#counts.set(key, { name, outcome, count: 1 });
  }

  get all(): NamedCount[] {
    return [...this.#counts.values()];
  }
}
