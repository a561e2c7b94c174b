import { type Clock, Emitter, errorMessage, neutraliseLine } from "@berth/base";
import { type ContributionId, type Health, isHostError } from "@berth/contract";
import type { BreakerState } from "@berth/kernel/calls";
import type { HostConfig } from "@berth/kernel/config";
import {
  type CheckAnswer,
  HealthRecord,
  type HealthResult,
  type HealthSelection,
  type HealthSignal,
  overallHealth,
  selectResults,
} from "@berth/kernel/health";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import { pluginHealthSettings } from "../monitoring/settings.ts";
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

/** Something is otherwise than before. */
export interface HealthChange {
  result: HealthResult;
  before: Health;
}

/** What {@link HostHealth} needs. */
export interface HostHealthOptions {
  directory: () => PluginDirectory;
  clock: Pick<Clock, "now">;
  /** Read at each look, so a change holds at once. */
  config: Pick<HostConfig, "health" | "plugins">;
}

/** What is said of a plugin is its own text, or quotes it. */
const LONGEST_MESSAGE = 1_000;
/** One that nobody calls any more neither closes nor opens again. */
const PROBING_MS = 60_000;

/**
 * What is known of how the host and its plugins are: the state of each plugin, what happened to it, and what checks of it answered. It asks
 * nobody itself; whoever finds something out tells it.
 */
export class HostHealth implements Disposable {
  readonly #options: HostHealthOptions;
  readonly #plugins = new Map<ManagedPlugin, HealthRecord>();
  readonly #ofHost = new Map<string, HealthRecord>();
  readonly #changed = new Emitter<HealthChange>();
  readonly #owned = new DisposableStack();
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
    for (const plugin of this.#options.directory().plugins) this.of(plugin);
  }

  /** No more work is to be sent here; may be called twice. */
  beginStop(): void {
    this.#phase = "stopping";
  }

  /** Hears whenever something is otherwise. */
  onDidChange(listener: (change: HealthChange) => void): Disposable {
    return this.#changed.on(listener);
  }

  /** How things stand, of what `selection` leaves. */
  snapshot(selection: HealthSelection = {}): HealthSnapshot {
    const plugins = this.#options.directory().plugins.map((plugin) => this.of(plugin));
    const ofHost = [...this.#ofHost.values()].map((record) => this.#hostResult(record));
    const results = selectResults([...ofHost, ...plugins], selection);
    const notReady = [...PHASE_SENTENCES[this.#phase], ...results.flatMap(whyNotReady)];
    return { health: overallHealth(results), phase: this.#phase, isReady: notReady.length === 0, notReady, results };
  }

  /** How one plugin is. */
  of(plugin: ManagedPlugin): HealthResult {
    const record = this.#recordOf(plugin);
    this.#settle(record, () => this.#pluginResult(plugin, record));
    return this.#pluginResult(plugin, record);
  }

  /** A plugin was asked how it is. */
  checked(plugin: ManagedPlugin, answer: CheckAnswer): void {
    const { clock, config } = this.#options;
    this.#recordOf(plugin).checked(harmless(answer), clock.now(), pluginHealthSettings(config, plugin.name));
    this.of(plugin);
  }

  /** Something happened to a plugin that says how it is; the same kind stands in the place of the one before. */
  signal(plugin: ManagedPlugin, kind: string, signal: HealthSignal): void {
    this.#recordOf(plugin).signal(kind, harmless(signal));
    this.of(plugin);
  }

  /** It does not hold any more. */
  takeBack(plugin: ManagedPlugin, kind: string): void {
    this.#recordOf(plugin).takeBack(kind);
    this.of(plugin);
  }

  /** A breaker before a contribution opened, or let calls through again. @param instance which of several. */
  breakerChanged(contribution: ContributionId, instance: string, { state, openUntil }: BreakerState): void {
    const plugin = this.#options.directory().find(contribution);
    if (!plugin) return;
    const kind = `breaker ${contribution} ${instance}`;
    if (state === "closed") return this.takeBack(plugin, kind);
    const whose = instance === "" ? contribution : `${contribution} (${instance})`;
    // While calls try whether it is back it is no more than that.
    const until = Math.max(openUntil, this.#options.clock.now() + PROBING_MS);
    this.signal(plugin, kind, { health: "degraded", message: `${whose} failed so often that it is left alone`, until });
  }

  /** The code of a plugin is another: what was known of the one before says nothing of it. */
  renewed(plugin: ManagedPlugin): void {
    const record = this.#recordOf(plugin);
    record.forget();
    tellState(record, plugin);
    this.of(plugin);
  }

  /** The host looked at itself. */
  hostChecked(check: string, answer: CheckAnswer, rule: { failures: number; successes: number }): void {
    const { clock } = this.#options;
    const record = this.#ofHost.get(check) ?? new HealthRecord(`host/${check}`, clock.now());
    this.#ofHost.set(check, record);
    record.checked(harmless(answer), clock.now(), rule);
    this.#settle(record, () => this.#hostResult(record));
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }

  #recordOf(plugin: ManagedPlugin): HealthRecord {
    const known = this.#plugins.get(plugin);
    if (known) return known;
    const record = new HealthRecord(`plugin/${plugin.name}`, this.#options.clock.now());
    this.#plugins.set(plugin, record);
    tellState(record, plugin);
    this.#owned.use(plugin.onDidMove(() => this.renewed(plugin)));
    return record;
  }

  #settle(record: HealthRecord, result: () => HealthResult): void {
    const before = record.settle(this.#options.clock.now());
    if (before !== undefined) this.#changed.emit({ result: result(), before });
  }

  #pluginResult(plugin: ManagedPlugin, record: HealthRecord): HealthResult {
    const isRequired = plugin.manifest.plugin.criticality === "required";
    return record.result({ tags: pluginHealthSettings(this.#options.config, plugin.name).tags, isRequired });
  }

  #hostResult(record: HealthRecord): HealthResult {
    return record.result({ tags: ["host"], isRequired: true });
  }
}

const PHASE_SENTENCES: Readonly<Record<HostPhase, readonly string[]>> = {
  starting: ["the host is starting"],
  serving: [],
  stopping: ["the host is stopping"],
};

/** A host that cannot write goes on to serve: only a plugin that it does not work without keeps it from being ready. */
function whyNotReady({ name, isRequired, health, message }: HealthResult): string[] {
  if (!isRequired || !name.startsWith("plugin/") || health === "healthy" || health === "degraded") return [];
  return [`${name} is required, and ${health === "unhealthy" ? "down" : "not there"}${message ? `: ${message}` : ""}`];
}

/** What its state says: one that runs is well, as far as nobody says otherwise. */
function tellState(record: HealthRecord, { state, failure }: ManagedPlugin): void {
  if (state === "active") record.signal("state", { health: "healthy" });
  else if (state === "failed" && !isHostError(failure, "PLUGIN_DISABLED"))
    record.signal("state", harmless({ health: "unhealthy", message: errorMessage(failure) }));
}

function harmless<T extends { message?: string }>(said: T): T {
  return said.message === undefined ? said : { ...said, message: neutraliseLine(said.message, LONGEST_MESSAGE) };
}
