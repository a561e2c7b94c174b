import { type Clock, errorMessage, type Failpoints } from "@berth/base";
import { isHostError, type Manifest } from "@berth/contract";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { Generation, ManagedPlugin, PluginCode, PreparedRun } from "@berth/kernel/lifecycle";
import type { ProbationRules, ReloadReport } from "@berth/kernel/reload";
import type { Storage } from "@berth/storage";
import type { Log } from "../log/index.ts";
import type { MakeCodeOptions } from "../plugins/make-code.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { GenerationKeeper } from "./generation-keeper.ts";
import type { PluginReloads, SavedReload } from "./plugin-reloads.ts";
import type { KeptGeneration, ReloadOptions, Reloads } from "./reloads.ts";
import type { PluginVersion, Versions } from "./versions.ts";

/** What {@link LateReloads} needs of the host. */
export interface LateReloadsOptions extends Omit<MakeCodeOptions, "signal"> {
  dataFolder: string;
  clock: Clock;
  failpoints: Failpoints;
  log: Log;
  env: Readonly<Record<string, string | undefined>>;
  storage: Pick<Storage, "generations" | "audit">;
  directory: () => PluginDirectory;
  dependentsOf(plugin: string): readonly string[];
  inOrder(): readonly ManagedPlugin[];
  checkGraph(id: string, manifest: Manifest): Promise<void>;
  /** Whether each version is kept from its first load on. */
  keepsVersions: boolean;
  /** Somebody puts other code in the place of what ended: it is not for anybody else to start again. */
  standDown(plugin: string): void;
  rules?: Partial<ProbationRules> | undefined;
}

interface Loaded {
  versions: Versions;
  keeper: GenerationKeeper;
  reloads: PluginReloads;
}

/** So many reloads leave copies that are worth a look whether anybody needs them. */
const SWEEP_EVERY = 50;

/** The reloads of a host, loaded by the first one, or by the first plugin whose version is to be kept. */
export class LateReloads implements Reloads, AsyncDisposable {
  readonly #options: LateReloadsOptions;
  readonly #listeners = new Set<(report: ReloadReport) => void>();
  readonly #written = new Set<Promise<unknown>>();
  #loaded: Promise<Loaded> | undefined;
  #reloads = 0;

  constructor(options: LateReloadsOptions) {
    this.#options = options;
  }

  /** What the plugin runs with when it is loaded, not replaced. */
  async prepare(plugin: DiscoveredPlugin, signal: AbortSignal): Promise<PreparedRun> {
    const { keepsVersions, prepare } = this.#options;
    // What npm installed changes with npm, and finds the packages beside it only where it is.
    if (!keepsVersions || plugin.root.kind === "node_modules") return prepare(plugin, signal);
    const version = await this.#takeFirst(plugin, signal);
    if (!version) return prepare(plugin, signal);
    const { folder, digest } = version;
    return { ...(await prepare(plugin.movedTo(folder), signal)), folder, digest };
  }

  /** A folder that cannot be copied keeps no plugin from running, only from being replaced. */
  async #takeFirst(plugin: DiscoveredPlugin, signal: AbortSignal): Promise<PluginVersion | undefined> {
    const { versions } = await this.#load();
    try {
      return await versions.take(plugin, undefined, signal);
    } catch (error) {
      if (!isHostError(error) || error.code !== "DIGEST_FAILED") throw error;
      this.#options.log.warn(`Plugin "${plugin.name}" runs from its folder and cannot be replaced: ${error.message}`);
      return undefined;
    }
  }

  /** Versions that failed in an earlier host are not loaded again by themselves. */
  async avoidCondemned(given?: AbortSignal): Promise<void> {
    const { storage, directory, log } = this.#options;
    const known = new Set(directory().plugins.map(({ name }) => name));
    for (const plugin of storage.generations.withCondemned()) {
      if (!known.has(plugin)) continue;
      const { reloads } = await this.#load();
      const signal = given ?? new AbortController().signal;
      try {
        const kept = await reloads.avoidCondemned(plugin, signal);
        if (!kept) continue;
        const message = `Plugin "${plugin}" goes on with version ${kept.version}: what is in its folder failed before; save another version, or reload it by command`;
        log.warn(message, { plugin, digest: kept.digest });
      } catch (error) {
        signal.throwIfAborted();
        log.error(`Cannot go on with the version before of plugin "${plugin}": ${errorMessage(error)}`, { plugin });
      }
    }
  }

  /** Keeps note of which version of the plugin serves, whenever it is loaded. */
  observe(plugin: ManagedPlugin): Disposable {
    return plugin.onDidMove(({ step }) => {
      if (step !== "activate") return;
      // The generation is put in place right after the move.
      this.#own(this.#note(plugin));
    });
  }

  async reload(plugin: string, options?: SavedReload): Promise<ReloadReport> {
    const { reloads } = await this.#load();
    const reloading = reloads.reload(plugin, options);
    // Files go on being written after the report.
    this.#own(reloading.then(() => this.#tidy()));
    return reloading;
  }

  async reloadAll(options?: ReloadOptions): Promise<ReloadReport[]> {
    return (await this.#load()).reloads.reloadAll(options);
  }

  async rollback(plugin: string, options?: { to?: number; signal?: AbortSignal; by?: string }): Promise<ReloadReport> {
    return (await this.#load()).reloads.rollback(plugin, options);
  }

  async history(plugin: string): Promise<readonly KeptGeneration[]> {
    return (await this.#load()).reloads.history(plugin);
  }

  onDidReload(listener: (report: ReloadReport) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The code of a generation that has ended, as it ran: in its folder may lie something else by now. */
  async codeOf(plugin: ManagedPlugin, generation: Generation): Promise<PluginCode> {
    if (generation.digest === undefined) return plugin.code;
    return (await this.#load()).reloads.codeThatRan(plugin, generation);
  }

  /** Takes what is on probation for good: the plugin is about to be stopped. */
  async settle(plugin: string): Promise<void> {
    await (await this.#loaded)?.reloads.settle(plugin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const loaded = await this.#loaded;
    await loaded?.reloads[Symbol.asyncDispose]();
    await loaded?.versions[Symbol.asyncDispose]();
    await Promise.all(this.#written);
  }

  async #note(plugin: ManagedPlugin): Promise<void> {
    await Promise.resolve();
    const digest = plugin.serving?.digest;
    if (digest !== undefined) await (await this.#load()).keeper.serves(plugin, digest);
  }

  /** Whoever asked for it is told what fails. */
  #own(work: Promise<void>): void {
    const owned = work.catch(() => undefined).finally(() => this.#written.delete(owned));
    this.#written.add(owned);
  }

  async #tidy(): Promise<void> {
    if (++this.#reloads % SWEEP_EVERY !== 0) return;
    const { storage, log } = this.#options;
    try {
      await (await this.#load()).versions.keepOnly(storage.generations.digests());
    } catch (error) {
      log.warn(`Cannot remove the code of versions that nobody needs any more: ${errorMessage(error)}`);
    }
  }

  #load(): Promise<Loaded> {
    this.#loaded ??= this.#open();
    return this.#loaded;
  }

  async #open(): Promise<Loaded> {
    const { directory, log, storage, rules, env, ...options } = this.#options;
    const { Versions } = await import("./versions.ts");
    const { GenerationKeeper } = await import("./generation-keeper.ts");
    const { PluginReloads } = await import("./plugin-reloads.ts");
    const records = storage.generations;
    const versions = new Versions({ ...options, log, signal: undefined });
    await versions.keepOnly(records.digests());
    const keeper = new GenerationKeeper({ records, versions, audit: storage.audit, env, log });
    const reloads = new PluginReloads({
      ...options,
      directory: directory(),
      versions,
      keeper,
      records,
      audit: storage.audit,
      ...(rules ? { rules } : {}),
    });
    reloads.onDidReload((report) => {
      for (const listener of this.#listeners) listener(report);
    });
    return { versions, keeper, reloads };
  }
}
