import type { HostError } from "@berth/contract";
import type { EventBus } from "@berth/kernel/events";
import type { ReloadReport } from "@berth/kernel/reload";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { EventPlugins, type EventPluginsOptions } from "./event-plugins.ts";
import { publishSystemEvent, tellOfMoves, tellOfReload } from "./system-events.ts";

/** What the host itself tells of, and the plugins that react to it. */
export class HostEvents implements AsyncDisposable {
  readonly plugins: EventPlugins;
  readonly #directory: PluginDirectory;
  readonly #events: EventBus;

  constructor(options: EventPluginsOptions) {
    this.plugins = new EventPlugins(options);
    this.#directory = options.directory;
    this.#events = options.events;
  }

  /** Event plugins hear from the start on, `start` included. */
  async around(start: () => Promise<HostError[]>, signal: AbortSignal): Promise<HostError[]> {
    this.plugins.start();
    const failures = [...(await start()), ...(await this.plugins.open(signal))];
    const running = this.#directory.plugins.filter(({ serving }) => serving).map(({ name }) => name);
    publishSystemEvent(this.#events, "host.started", { plugins: running, failed: failures.length });
    return failures;
  }

  async reloaded(report: ReloadReport): Promise<void> {
    tellOfReload(report, this.#events);
    for (const plugin of [report.plugin, ...report.dependents]) await this.plugins.refresh(plugin);
  }

  /** The host is about to stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    publishSystemEvent(this.#events, "host.stopping", {});
    await this.plugins[Symbol.asyncDispose]();
  }
}

/** Tells of every move of every plugin, until disposed. */
export function tellOfAllMoves(directory: PluginDirectory, events: EventBus): Disposable {
  const told = new DisposableStack();
  for (const plugin of directory.plugins) told.use(tellOfMoves(plugin, events));
  return told;
}
