import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { EventBus } from "@berth/kernel/events";
import type { LifecycleMove, ManagedPlugin } from "@berth/kernel/lifecycle";
import type { Log } from "../log/index.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { PluginGraph } from "./plugin-graph.ts";

/** What {@link Dependents} needs of the host. */
export interface DependentsOptions {
  directory: PluginDirectory;
  graph: PluginGraph;
  events: Pick<EventBus, "publish">;
  log: Pick<Log, "info" | "warn">;
}

/** How long a call to a plugin that is paused waits for what it requires to return. */
const PAUSE_LIMIT_MS = 30_000;

/**
 * Sees to those who are bound to others. Providers are started before them. When one that they require leaves while they run, their
 * calls wait until it is back; when one leaves that they can do without, they go on, and their health says what they lack.
 */
export class Dependents implements AsyncDisposable {
  readonly #options: DependentsOptions;
  /** By plugin, what it waits for and what it lacks, by provider. */
  readonly #paused = new Map<string, Map<string, Disposable>>();
  readonly #lacking = new Map<string, Map<string, Disposable>>();
  readonly #owned = new AsyncDisposableStack();
  #isWatching = false;
  #isStopping = false;

  constructor(options: DependentsOptions) {
    this.#options = options;
    if (options.graph.hasEdges) this.watch();
  }

  /** From now on it is seen who comes and goes. A host in which nobody is bound to anybody never needs to. */
  watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    for (const plugin of this.#options.directory.plugins) this.#watch(plugin);
  }

  /** A plugin that came while the host runs. */
  admit(plugin: ManagedPlugin): void {
    if (this.#isWatching) this.#watch(plugin);
    else if (this.#options.graph.hasEdges) this.watch();
  }

  /** Starts what `plugin` is bound to and must be there before it; to be called before its code is loaded. */
  async startProviders(plugin: DiscoveredPlugin, signal: AbortSignal): Promise<void> {
    const { graph, directory } = this.#options;
    const { before, requires, services } = graph.edgesWith(plugin.id, plugin.manifest);
    const needed = new Set([...requires, ...services.values()]);
    for (const id of before) {
      const provider = directory.get(id);
      if (provider.serving) continue;
      try {
        await provider.activate(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (needed.has(id)) throw cannotStart(plugin.id, id, error);
        this.#lack(plugin.id, id, `it goes on without "${id}", which cannot start: ${errorMessage(error)}`);
      }
    }
  }

  /** The host is about to stop: nobody is paused or brought back any more. */
  beginStop(): void {
    this.#isStopping = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.beginStop();
    await this.#owned.disposeAsync();
  }

  #watch(plugin: ManagedPlugin): void {
    this.#owned.use(plugin.onDidMove((move) => this.#onMove(plugin, move)));
  }

  #onMove(plugin: ManagedPlugin, { step, from }: LifecycleMove): void {
    if (this.#isStopping) return;
    if (step === "activate") this.#onCame(plugin.name);
    else if (from === "active") this.#onLeft(plugin, step === "fail");
  }

  #onLeft(plugin: ManagedPlugin, hasFailed: boolean): void {
    const { graph, directory } = this.#options;
    const { name } = plugin;
    // It waits for nobody any more; when it is started again, what it requires is started first.
    for (const about of [this.#paused, this.#lacking]) release(about, name);
    const why = hasFailed ? "has failed" : "was stopped";
    for (const id of graph.requiredBy(name)) if (directory.get(id).serving) this.#pause(id, name, why);
    for (const id of graph.usedBy(name)) {
      if (directory.get(id).serving) this.#lack(id, name, `it goes on without "${name}", which ${why}`);
    }
  }

  #onCame(name: string): void {
    for (const [about, word] of [
      [this.#paused, "goes on"],
      [this.#lacking, "has all it uses again"],
    ] as const) {
      for (const [id, providers] of about) {
        const held = providers.get(name);
        if (!held) continue;
        providers.delete(name);
        held[Symbol.dispose]();
        if (providers.size > 0) continue;
        about.delete(id);
        this.#options.log.info(`Plugin "${id}" ${word}: "${name}" is back`, { plugin: id });
        this.#publish("plugin.resumed", id, name, `"${name}" is back`);
      }
    }
  }

  #pause(id: string, provider: string, why: string): void {
    const reason = `it waits for "${provider}", which it requires and which ${why}`;
    const plugin = this.#options.directory.get(id);
    note(this.#paused, id, provider, () => plugin.hold({ reason, limitMs: PAUSE_LIMIT_MS }));
    this.#options.log.warn(`Plugin "${id}" is paused: ${reason}`, { plugin: id });
    this.#publish("plugin.paused", id, provider, reason);
  }

  #lack(id: string, provider: string, reason: string): void {
    const plugin = this.#options.directory.get(id);
    note(this.#lacking, id, provider, () => plugin.degrade(reason));
    this.#options.log.warn(`Plugin "${id}" is degraded: ${reason}`, { plugin: id });
    this.#publish("plugin.degraded", id, provider, reason);
  }

  #publish(subject: string, plugin: string, provider: string, reason: string): void {
    this.#options.events.publish({ subject, data: { plugin, provider, reason }, from: "host" });
  }
}

type Notes = Map<string, Map<string, Disposable>>;

function note(notes: Notes, id: string, provider: string, make: () => Disposable): void {
  const known = notes.get(id) ?? new Map<string, Disposable>();
  notes.set(id, known);
  known.get(provider)?.[Symbol.dispose]();
  known.set(provider, make());
}

function release(notes: Notes, id: string): void {
  for (const held of notes.get(id)?.values() ?? []) held[Symbol.dispose]();
  notes.delete(id);
}

function cannotStart(plugin: string, provider: string, cause: unknown): HostError {
  return new HostError(
    "DEPENDENCY_MISSING",
    `Cannot start plugin "${plugin}": it needs "${provider}", which cannot start: ${errorMessage(cause)}`,
    { cause, details: { plugin, provider } },
  );
}
