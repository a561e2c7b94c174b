import { isAbsolute, relative, resolve } from "node:path";
import { type Clock, errorMessage, type Failpoints } from "@berth/base";
import type { ErrorCode } from "@berth/contract";
import type { Root } from "@berth/kernel/discovery";
import { PluginWatcher, type Save } from "@berth/kernel/watch";
import type { Log } from "../log/index.ts";
import type { Newcomers } from "../plugins/newcomers.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { LateReloads } from "./late-reloads.ts";

/** What {@link PluginWatch} needs. */
export interface PluginWatchOptions {
  directory: PluginDirectory;
  /** Where plugins may appear. */
  roots: readonly Root[];
  newcomers: Newcomers;
  reloads: Pick<LateReloads, "onDidReload" | "reload">;
  dataFolder: string;
  clock: Clock;
  failpoints: Failpoints;
  log: Log;
}

/** Refusals that say nothing about the version: the same one may be taken later. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set(["RELOAD_PUT_OFF", "PLUGIN_UNSETTLED"]);
/** At first; each time it is in vain twice as long, since calls are held for each. */
const AGAIN_AFTER_MS = 10_000;
const AGAIN_AT_LATEST_MS = 600_000;

/** Reloads plugins when their files change. Those that come with Berth, or by npm, are left alone: they change with what they came by. */
export class PluginWatch implements Disposable {
  readonly #options: PluginWatchOptions;
  readonly #watcher: PluginWatcher;
  readonly #again = new Map<string, Disposable>();
  readonly #known = new Set<string>();
  /** Folders of plugins that cannot be used, or not yet: what is mended there is tried again. */
  readonly #unused = new Map<string, Disposable>();
  readonly #stopping = new AbortController();
  readonly #listening: Disposable;

  constructor(options: PluginWatchOptions) {
    const { directory, reloads, clock, failpoints, log } = options;
    this.#options = options;
    this.#watcher = new PluginWatcher({
      clock,
      failpoints,
      onDidChange: (name, signal, save) => this.#onChange(name, signal, save),
      onDidAppear: (folder, signal) => this.#admit(folder, signal),
      onWarning: ({ message }) => log.warn(message),
      onError: (error) => log.error(`Cannot see to a change of a plugin: ${errorMessage(error)}`),
    });
    for (const { name } of directory.plugins) this.#watch(name);
    this.#watchUnused();
    for (const { kind, path, trust } of options.roots) {
      if (kind === "folder" && trust !== "first-party") this.#watcher.watchRoot(path);
    }
    this.#listening = reloads.onDidReload(({ outcome, plugin }) => {
      if (outcome === "reloaded") this.#tryLeftOut(plugin);
    });
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#stopping.abort();
    this.#watcher[Symbol.dispose]();
    for (const timer of this.#again.values()) timer[Symbol.dispose]();
  }

  #watch(name: string): void {
    this.#known.add(name);
    const { directory, dataFolder } = this.#options;
    const { folder, trust, manifest, manifestFile, root } = directory.sourceOf(name);
    if (trust === "first-party" || root.kind === "node_modules") return;
    const files = [relative(folder, manifestFile), manifest.runtime.entry];
    this.#watcher.watch(name, folder, { files, leaveOut: [dataFolder] });
  }

  #watchUnused(): void {
    for (const { plugin, source } of this.#options.directory.troubles) {
      const folder = source?.folder ?? plugin;
      if (!isAbsolute(folder) || this.#unused.has(folder)) continue;
      this.#unused.set(folder, this.#watcher.watch(folder, folder));
    }
  }

  /** What could not be used has its folder for a name. */
  async #onChange(name: string, signal: AbortSignal, save: Save): Promise<void> {
    if (this.#options.directory.has(name)) return this.#reload(name, signal, { save });
    await save.over;
    await this.#admit(name, signal);
  }

  async #admit(folder: string, signal: AbortSignal): Promise<void> {
    const root = this.#options.roots.find(({ path }) => folder.startsWith(resolve(path)));
    await this.#afterwards(this.#options.newcomers.admit(folder, root?.trust ?? "third-party", signal));
  }

  #tryLeftOut(plugin: string): void {
    const { directory, newcomers, log } = this.#options;
    if (!directory.troubles.some(({ source }) => source)) return;
    this.#afterwards(newcomers.tryAgain(this.#stopping.signal)).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) log.error(errorMessage(error), { plugin });
    });
  }

  /** What came in is watched as a plugin from now on, what did not as a folder. */
  async #afterwards(admitting: Promise<void>): Promise<void> {
    const { directory } = this.#options;
    await admitting;
    for (const { name } of directory.plugins) {
      if (this.#known.has(name)) continue;
      const { folder } = directory.sourceOf(name);
      this.#unused.get(folder)?.[Symbol.dispose]();
      this.#unused.delete(folder);
      this.#watch(name);
    }
    this.#watchUnused();
  }

  async #reload(
    name: string,
    signal: AbortSignal,
    { save, afterMs = AGAIN_AFTER_MS }: { save?: Save; afterMs?: number } = {},
  ): Promise<void> {
    this.#again.get(name)?.[Symbol.dispose]();
    this.#again.delete(name);
    const { failed } = await this.#options.reloads.reload(name, { always: false, signal, save });
    if (failed && TRANSIENT.has(failed.error.code) && !signal.aborted) this.#tryAgain(name, signal, afterMs);
  }

  #tryAgain(name: string, signal: AbortSignal, afterMs: number): void {
    const { clock, log } = this.#options;
    const next = Math.min(2 * afterMs, AGAIN_AT_LATEST_MS);
    const onTime = (): void => {
      this.#reload(name, signal, { afterMs: next }).catch((error: unknown) =>
        log.error(errorMessage(error), { plugin: name }),
      );
    };
    this.#again.set(name, clock.setTimer(onTime, afterMs));
  }
}
