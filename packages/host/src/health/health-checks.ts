import { type Clock, errorMessage, mapWithWidth, runWithin } from "@berth/base";
import type { HealthReport } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import { pluginHealthSettings } from "../monitoring/settings.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { HostHealth } from "./host-health.ts";

/** What {@link HealthChecks} needs. */
export interface HealthChecksOptions {
  health: HostHealth;
  directory: () => PluginDirectory;
  clock: Clock;
  /** Read at each look. */
  config: Pick<HostConfig, "health" | "plugins">;
  /** From 0 to 1, as `Math.random`. */
  random?: () => number;
}

/** Plugins are asked this many at a time. */
const WIDTH = 16;
/** Intervals are this much shorter or longer, at most: plugins that began together are not asked together for ever. */
const JITTER = 0.1;
/** The first check comes after this share of the interval: what came up badly is known soon. */
const FIRST_SHARE = 0.1;

/**
 * Asks active plugins at intervals how they are. One timer serves all, and runs while there is anybody to ask; a plugin whose interval is
 * 0, or that does not run, is not asked.
 */
export class HealthChecks implements Disposable {
  readonly #options: HealthChecksOptions;
  readonly #random: () => number;
  readonly #due = new Map<ManagedPlugin, number>();
  readonly #following = new Map<ManagedPlugin, Disposable>();
  readonly #over = new AbortController();
  #timer: Disposable | undefined;
  #isAsking = false;

  constructor(options: HealthChecksOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Plugins that run are asked from now on, and others when they do. */
  begin(): void {
    for (const plugin of this.#options.directory().plugins) this.follow(plugin);
  }

  /** A plugin has come to the host. */
  follow(plugin: ManagedPlugin): void {
    if (this.#following.has(plugin) || this.#over.signal.aborted) return;
    const onMove = (): void => {
      this.#due.delete(plugin);
      if (plugin.state === "active") this.#plan(plugin, FIRST_SHARE);
    };
    this.#following.set(plugin, plugin.onDidMove(onMove));
    onMove();
  }

  /** Asks one plugin now, whatever its interval. */
  async check(plugin: ManagedPlugin, signal: AbortSignal): Promise<void> {
    const { health, clock, config } = this.#options;
    const { timeout_ms: limitMs } = pluginHealthSettings(config, plugin.name);
    const generation = plugin.serving;
    if (!generation) return;
    const report = await askHealth(plugin, clock, limitMs, AbortSignal.any([signal, this.#over.signal]));
    // What a generation says that is gone by now says nothing of the one that serves.
    if (plugin.serving === generation) health.checked(plugin, report);
  }

  [Symbol.dispose](): void {
    this.#over.abort(new Error("The host is stopping"));
    this.#timer?.[Symbol.dispose]();
    for (const following of this.#following.values()) following[Symbol.dispose]();
    this.#due.clear();
  }

  #plan(plugin: ManagedPlugin, share: number): void {
    const { interval_ms: intervalMs } = pluginHealthSettings(this.#options.config, plugin.name);
    if (intervalMs === 0 || this.#over.signal.aborted) return;
    const jitter = 1 + JITTER * (2 * this.#random() - 1);
    this.#due.set(plugin, this.#options.clock.monotonicMs() + intervalMs * share * jitter);
    this.#arm();
  }

  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#isAsking || this.#due.size === 0 || this.#over.signal.aborted) return;
    const soonestMs = Math.min(...this.#due.values()) - this.#options.clock.monotonicMs();
    this.#timer = this.#options.clock.setTimer(() => void this.#askDue(), Math.max(0, soonestMs));
  }

  async #askDue(): Promise<void> {
    this.#isAsking = true;
    const nowMs = this.#options.clock.monotonicMs();
    const due = [...this.#due].filter(([, atMs]) => atMs <= nowMs).map(([plugin]) => plugin);
    for (const plugin of due) this.#due.delete(plugin);
    await mapWithWidth(due, WIDTH, (plugin) => this.check(plugin, this.#over.signal));
    this.#isAsking = false;
    for (const plugin of due) if (plugin.state === "active" && !this.#due.has(plugin)) this.#plan(plugin, 1);
    this.#arm();
  }
}

async function askHealth(
  plugin: ManagedPlugin,
  clock: Clock,
  limitMs: number,
  signal: AbortSignal,
): Promise<HealthReport> {
  const onTimeout = (): Error => new Error(`it did not say how it is within ${limitMs / 1_000} s`);
  try {
    return await runWithin({ clock, limitMs, signal, onTimeout }, (within) => plugin.health(within));
  } catch (error) {
    signal.throwIfAborted();
    return { health: "unhealthy", message: errorMessage(error) };
  }
}
