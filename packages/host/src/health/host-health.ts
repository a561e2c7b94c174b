import { errorMessage, neutraliseLine } from "@berth/base";
import { type Health, isHostError } from "@berth/contract";
import { type HealthResult, type HealthSelection, overallHealth, selectResults } from "@berth/kernel/health";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";

/** Where a host is in its own life. */
export type HostPhase = "starting" | "serving" | "stopping";

/** How a host is, by what it knows already: asking costs no call into a plugin. */
export interface HealthSnapshot {
  /** The worst of what is required; what is optional makes it degraded at most. */
  health: Health;
  phase: HostPhase;
  /** Whether work may be sent here. */
  isReady: boolean;
  /** Why not, a sentence each. */
  notReady: readonly string[];
  results: readonly HealthResult[];
}

/** What {@link HostHealth} needs. */
export interface HostHealthOptions {
  directory: () => PluginDirectory;
  clock: { now(): number };
}

const LONGEST_MESSAGE = 1_000;

/** What is known of how the host and its plugins are. */
export class HostHealth {
  readonly #options: HostHealthOptions;
  readonly #since = new Map<string, { health: Health; since: number }>();
  #phase: HostPhase = "starting";

  constructor(options: HostHealthOptions) {
    this.#options = options;
  }

  get phase(): HostPhase {
    return this.#phase;
  }

  /** What runs from the start was started. */
  beginServing(): void {
    if (this.#phase === "starting") this.#phase = "serving";
  }

  /** No more work is to be sent here; may be called twice. */
  beginStop(): void {
    this.#phase = "stopping";
  }

  /** How things stand, of what `selection` leaves. */
  snapshot(selection: HealthSelection = {}): HealthSnapshot {
    const plugins = this.#options.directory().plugins;
    const results = selectResults(
      plugins.map((plugin) => this.#resultOf(plugin)),
      selection,
    );
    const notReady = [...PHASE_SENTENCES[this.#phase], ...results.flatMap(whyNotReady)];
    return { health: overallHealth(results), phase: this.#phase, isReady: notReady.length === 0, notReady, results };
  }

  #resultOf(plugin: ManagedPlugin): HealthResult {
    const name = `plugin/${plugin.name}`;
    const isRequired = plugin.manifest.plugin.criticality === "required";
    const { health, message } = stateHealth(plugin);
    const known = this.#since.get(name);
    const since = known?.health === health ? known.since : this.#options.clock.now();
    this.#since.set(name, { health, since });
    return { name, health, ...(message === undefined ? {} : { message }), tags: [], isRequired, since };
  }
}

const PHASE_SENTENCES: Readonly<Record<HostPhase, readonly string[]>> = {
  starting: ["the host is starting"],
  serving: [],
  stopping: ["the host is stopping"],
};

function whyNotReady({ name, isRequired, health, message }: HealthResult): string[] {
  if (!isRequired || health === "healthy" || health === "degraded") return [];
  return [`${name} is required, and ${health === "unhealthy" ? "down" : "not there"}${message ? `: ${message}` : ""}`];
}

function stateHealth(plugin: ManagedPlugin): { health: Health; message?: string } {
  if (plugin.state === "active") return { health: "healthy" };
  if (plugin.state !== "failed" || isHostError(plugin.failure, "PLUGIN_DISABLED")) return { health: "unknown" };
  return { health: "unhealthy", message: neutraliseLine(errorMessage(plugin.failure), LONGEST_MESSAGE) };
}
