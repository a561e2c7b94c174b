import { errorMessage } from "@berth/base";
import type { PluginState } from "@berth/contract";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { KeptGenerationRecord, KeptGenerations } from "@berth/storage";
import type { Log } from "../log/index.ts";
import { settingsToKeep } from "./kept-settings.ts";

/** What {@link GenerationKeeper} needs. */
export interface GenerationKeeperOptions {
  records: KeptGenerations;
  /** The host's environment: what is in there is not written down. */
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
}

/**
 * Writes down which versions served, so that a plugin can go back to one. What cannot be written down is told and does not keep a
 * plugin from being replaced: it serves already.
 */
export class GenerationKeeper {
  readonly #options: GenerationKeeperOptions;

  constructor(options: GenerationKeeperOptions) {
    this.#options = options;
  }

  /** The plugin was loaded, or replaced by another version: this is the one that serves. */
  async serves(plugin: ManagedPlugin, digest: string): Promise<void> {
    const { records } = this.#options;
    await this.#attempt(plugin.name, async () => {
      const settings = settingsToKeep((await plugin.code.settings?.()) ?? {}, this.#options.env);
      const current = records.current(plugin.name);
      // It serves because somebody wanted it to, whatever was said of it before.
      if (records.isCondemned(plugin.name, digest)) await records.condemn(plugin.name, digest, false);
      if (current?.digest === digest && JSON.stringify(current.settings) === JSON.stringify(settings)) return;
      await records.begin({ plugin: plugin.name, version: plugin.manifest.plugin.version, digest, settings });
    });
  }

  /** What the current version handed on when it was replaced. */
  async handedOn(plugin: string, state: PluginState | undefined): Promise<void> {
    const { records } = this.#options;
    await this.#attempt(plugin, async () => {
      const current = records.current(plugin);
      if (current) await records.keepState(current, state);
    });
  }

  /** A version serves again that was kept; the one that it replaces is not to be loaded by itself again. */
  async wentBack(record: KeptGenerationRecord, condemned: string | undefined): Promise<void> {
    const { records } = this.#options;
    await this.#attempt(record.plugin, async () => {
      await records.resume(record);
      if (condemned !== undefined && condemned !== record.digest) await records.condemn(record.plugin, condemned);
    });
  }

  async #attempt(plugin: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.log.error(`Cannot keep what version of plugin "${plugin}" serves: ${errorMessage(error)}`, {
        plugin,
      });
    }
  }
}
