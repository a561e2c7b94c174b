import { errorMessage } from "@berth/base";
import { formatProblem } from "@berth/contract";
import { discover, type Root } from "@berth/kernel/discovery";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { AuditLog } from "@berth/storage";
import type { Log } from "../log/index.ts";
import { managePlugin, type ManagePluginOptions } from "./discover-plugins.ts";
import type { PluginDirectory } from "./plugin-directory.ts";

/** What {@link Newcomers} needs of the host. */
export interface NewcomersOptions extends ManagePluginOptions {
  directory: PluginDirectory;
  audit: Pick<AuditLog, "append">;
  log: Log;
  /** Makes the rest of the host know it. */
  onAdded(plugin: ManagedPlugin): Promise<void>;
}

/** Takes in plugins that come, or become whole, while the host runs. */
export class Newcomers {
  readonly #options: NewcomersOptions;

  constructor(options: NewcomersOptions) {
    this.#options = options;
  }

  /** @param folder that holds a `plugin.toml` now. One that cannot be used is told; nobody else notices. */
  async admit(folder: string, trust: Root["trust"], signal: AbortSignal): Promise<void> {
    const { directory, log } = this.#options;
    try {
      const { plugins, broken } = await discover({ roots: [{ kind: "plugin", path: folder, trust }], signal });
      if (broken[0]) log.warn([broken[0].error.message, ...broken[0].problems.map(formatProblem)].join("\n"));
      const [found] = plugins;
      if (!found) return;
      if (directory.has(found.name)) return this.#tellOfSecond(found.name, folder);
      const entry = await managePlugin(found, { ...this.#options, signal });
      const { version } = found;
      await this.#options.audit.append({
        kind: "plugin.found",
        plugin: found.name,
        details: { by: "host", version, folder },
      });
      directory.add(entry);
      log.info(`Found plugin "${found.name}" ${found.version} in ${folder}`, { plugin: found.name });
      await this.#options.onAdded(entry.plugin);
      await this.#startIfWanted(entry.plugin, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn(errorMessage(error));
    }
  }

  /** The folder may be the plugin's own, which was away for a moment: its reload sees to that. */
  #tellOfSecond(name: string, folder: string): void {
    if (this.#options.directory.sourceOf(name).folder === folder) return;
    this.#options.log.info(`Another plugin "${name}" is in ${folder}; it is taken in by the next start`, {
      plugin: name,
    });
  }

  async #startIfWanted(plugin: ManagedPlugin, signal: AbortSignal): Promise<void> {
    const { runtime, plugin: about } = plugin.manifest;
    if (runtime.load === "eager" || about.criticality === "required") await plugin.activate(signal);
  }
}
