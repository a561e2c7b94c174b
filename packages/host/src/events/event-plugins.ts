import { errorMessage, runWithin } from "@berth/base";
import { type ContributionId, type HostError, isHostError } from "@berth/contract";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import { providersInOrder } from "../calls/hook-points.ts";
import type { Log } from "../log/index.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { type EventCounts, EventPlugin, type EventPluginOptions, patternsOf } from "./event-plugin.ts";

/** What {@link EventPlugins} needs of the host. */
export interface EventPluginsOptions extends EventPluginOptions {
  directory: PluginDirectory;
  graph: { readonly inOrder: readonly ManagedPlugin[] };
  log: Pick<Log, "debug" | "error" | "warn">;
}

/** What is left when the host stops is handled within this. */
const LAST_EVENTS_MS = 2_000;

/** All `event` contributions of a host. They hear from {@link EventPlugins.start} on. */
export class EventPlugins implements AsyncDisposable {
  readonly #options: EventPluginsOptions;
  readonly #hearing = new Map<ContributionId, { plugin: ManagedPlugin; hears: EventPlugin }>();
  #isStarted = false;
  #isOver = false;

  constructor(options: EventPluginsOptions) {
    this.#options = options;
  }

  /** What became of the events, for each contribution. */
  get counts(): EventCounts[] {
    return [...this.#hearing.values()].map(({ hears }) => hears.counts);
  }

  /** From now on they hear, and each event in their order: by priority, then by who needs whom. Nothing is loaded by that. */
  start(): void {
    if (this.#isStarted || this.#isOver) return;
    this.#isStarted = true;
    for (const { plugin, contribution } of providersInOrder("event", this.#options)) this.#hear(plugin, contribution);
  }

  /**
   * Makes the instances of those whose plugins run already.
   *
   * @returns what could not be made; @throws the failure of a required plugin.
   */
  async open(signal: AbortSignal): Promise<HostError[]> {
    const failures: HostError[] = [];
    for (const { plugin, hears } of this.#hearing.values()) {
      if (!plugin.serving) continue;
      try {
        await hears.open(signal);
      } catch (error) {
        if (signal.aborted || plugin.manifest.plugin.criticality === "required") throw error;
        this.#options.log.error(errorMessage(error), { plugin: plugin.name });
        if (isHostError(error)) failures.push(error);
      }
    }
    return failures;
  }

  /** A plugin has another version: it may provide others, and want to hear something else. */
  async refresh(plugin: string): Promise<void> {
    const { directory, log } = this.#options;
    if (!this.#isStarted || this.#isOver || !directory.has(plugin)) return;
    const now = directory.get(plugin);
    for (const [contribution, { plugin: owner, hears }] of this.#hearing) {
      if (owner !== now) continue;
      if (now.provides.includes(contribution) && isSame(hears.patterns, patternsOf(now))) continue;
      this.#hearing.delete(contribution);
      await hears[Symbol.asyncDispose]().catch((error: unknown) => log.warn(errorMessage(error), { plugin }));
    }
    if (this.#isOver) return;
    for (const { plugin: owner, contribution } of providersInOrder("event", this.#options)) {
      if (owner === now) this.#hear(now, contribution);
    }
  }

  /** Ends them, when they have handled what came so far, or not in time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    const all = [...this.#hearing.values()].map(({ hears }) => hears);
    const limit = { clock: this.#options.clock, limitMs: LAST_EVENTS_MS, onTimeout: () => new Error("too slow") };
    if (all.length > 0) {
      await runWithin(limit, () => Promise.all(all.map((hears) => hears.idle()))).catch(() => undefined);
    }
    await Promise.allSettled(all.map((hears) => hears[Symbol.asyncDispose]()));
    this.#hearing.clear();
  }

  #hear(plugin: ManagedPlugin, id: ContributionId): void {
    const { log } = this.#options;
    if (this.#hearing.has(id)) return;
    if (patternsOf(plugin).length === 0) {
      log.warn(`Plugin "${plugin.name}" hears nothing by ${id}: its manifest asks for no permissions.events.subscribe`);
      return;
    }
    this.#hearing.set(id, { plugin, hears: new EventPlugin(plugin, id, this.#options) });
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((pattern, at) => pattern === other[at]);
}
