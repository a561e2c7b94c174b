import { errorMessage, SerialQueue } from "@berth/base";
import { formatProblem, HostError, isHostError } from "@berth/contract";
import { type DiscoveredPlugin, discover, type Discovery, type Root } from "@berth/kernel/discovery";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { AuditLog } from "@berth/storage";
import type { PluginGraph } from "../graph/plugin-graph.ts";
import type { Log } from "../log/index.ts";
import { managePlugin, type ManagePluginOptions } from "./discover-plugins.ts";
import type { PluginDirectory } from "./plugin-directory.ts";

/** What {@link Newcomers} needs of the host. */
export interface NewcomersOptions extends ManagePluginOptions {
  directory: PluginDirectory;
  graph: Pick<PluginGraph, "checkNewcomer">;
  audit: Pick<AuditLog, "append">;
  log: Log;
  /** Makes the rest of the host know it. */
  onAdded(plugin: ManagedPlugin): Promise<void>;
}

/** Takes in plugins that come, or become whole, or get what they lacked, while the host runs. */
export class Newcomers {
  readonly #options: NewcomersOptions;
  readonly #turns = new SerialQueue();

  constructor(options: NewcomersOptions) {
    this.#options = options;
  }

  /** @param folder that holds a `plugin.toml` now. One that cannot be used is told; nobody else notices. */
  admit(folder: string, trust: Root["trust"], signal: AbortSignal): Promise<void> {
    return this.#turns.run(async () => {
      if (await this.#take(folder, trust, signal)) await this.#takeLeftOut(signal);
    });
  }

  /** Another version of a plugin serves: those that were left out may have what they need. */
  tryAgain(signal: AbortSignal): Promise<void> {
    return this.#turns.run(() => this.#takeLeftOut(signal));
  }

  /** Each that comes in may be what another one waits for. */
  async #takeLeftOut(signal: AbortSignal): Promise<void> {
    for (let hasCome = true; hasCome;) {
      hasCome = false;
      for (const { source } of this.#options.directory.troubles) {
        if (source && (await this.#take(source.folder, source.trust, signal))) hasCome = true;
      }
    }
  }

  async #take(folder: string, trust: Root["trust"], signal: AbortSignal): Promise<boolean> {
    const { directory, log } = this.#options;
    try {
      const { plugins, broken } = await discover({ roots: [{ kind: "plugin", path: folder, trust }], signal });
      if (broken[0]) this.#tellOfBroken(broken[0]);
      const [found] = plugins;
      if (!found) return false;
      if (directory.has(found.name)) this.#tellOfSecond(found);
      else if (await this.#fits(found)) return await this.#add(found, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn(errorMessage(error));
    }
    return false;
  }

  async #add(found: DiscoveredPlugin, signal: AbortSignal): Promise<boolean> {
    const { directory, audit, log } = this.#options;
    const { name, version, folder } = found;
    const entry = await managePlugin(found, { ...this.#options, signal });
    await audit.append({ kind: "plugin.found", plugin: name, details: { by: "host", version, folder } });
    directory.add(entry);
    log.info(`Found plugin "${name}" ${version} in ${folder}`, { plugin: name });
    await this.#options.onAdded(entry.plugin);
    await this.#startIfWanted(entry.plugin, signal);
    return true;
  }

  /** One that lacks something is left out as at a start, and tried again when another plugin or version comes. */
  async #fits(source: DiscoveredPlugin): Promise<boolean> {
    const { directory, graph, log } = this.#options;
    const { name, folder } = source;
    try {
      await graph.checkNewcomer(source);
      return true;
    } catch (error) {
      if (!isHostError(error)) throw error;
      if (directory.leaveOut(folder, { plugin: name, error, source })) log.warn(error.message, { plugin: name });
      return false;
    }
  }

  #tellOfBroken({ folder, error, problems }: Discovery["broken"][number]): void {
    const { directory, log } = this.#options;
    directory.leaveOut(folder, { plugin: folder, error });
    log.warn([error.message, ...problems.map(formatProblem)].join("\n"));
  }

  /** The folder may be the plugin's own, which was away for a moment: its reload sees to that. */
  #tellOfSecond({ name, version, folder }: DiscoveredPlugin): void {
    const { directory, log } = this.#options;
    if (directory.versionsOf(name).some((one) => directory.sourceOf(one.name).folder === folder)) return;
    const runs = directory.get(name).manifest.plugin.version;
    const message =
      runs === version
        ? `Cannot use plugin "${name}" ${version} in ${folder}: this host has that version from ${directory.sourceOf(name).folder}`
        : `Cannot use plugin "${name}" ${version} in ${folder} yet: this host has ${runs}, and which versions it has beside each other is decided when it starts; start it again`;
    const error = new HostError("PLUGIN_DUPLICATE", message);
    if (directory.leaveOut(folder, { plugin: folder, error })) log.warn(message, { plugin: name });
  }

  async #startIfWanted(plugin: ManagedPlugin, signal: AbortSignal): Promise<void> {
    const { runtime, plugin: about } = plugin.manifest;
    if (runtime.load === "eager" || about.criticality === "required") await plugin.activate(signal);
  }
}
