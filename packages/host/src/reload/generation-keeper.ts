import { errorMessage, type JsonObject } from "@berth/base";
import type { PluginState } from "@berth/contract";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { AuditLog, KeptGenerationRecord, KeptGenerations } from "@berth/storage";
import type { Log } from "../log/index.ts";
import { settingsToKeep } from "./kept-settings.ts";
import type { Versions } from "./versions.ts";

/** What {@link GenerationKeeper} needs. */
export interface GenerationKeeperOptions {
  records: KeptGenerations;
  versions: Pick<Versions, "makeDurable">;
  audit: Pick<AuditLog, "note">;
  /** The host's environment: what is in there is not written down. */
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
}

/** What a version handed on when it was replaced; nothing, if it keeps no state. */
export interface HandedOn {
  state: PluginState | undefined;
}

/**
 * Writes down which versions served, so that a plugin can go back to one. What cannot be written down is told and does not keep a
 * plugin from being replaced: it serves already.
 */
export class GenerationKeeper {
  readonly #options: GenerationKeeperOptions;
  readonly #writing = new Map<string, Promise<void>>();

  constructor(options: GenerationKeeperOptions) {
    this.#options = options;
  }

  /**
   * The plugin was loaded, or replaced by another version: this is the one that serves. All is written at once, since each flush to
   * the disk holds up everything else.
   *
   * @param handedOn what the version before handed on.
   */
  async serves(plugin: ManagedPlugin, digest: string, handedOn?: HandedOn): Promise<void> {
    const { records, versions, audit, env } = this.#options;
    const { name } = plugin;
    await this.#attempt(name, async () => {
      const settings = settingsToKeep((await plugin.code.settings?.()) ?? {}, env);
      const isNoted = this.#isNoted(name, digest, settings);
      // What is written down must be there to go back to, whatever becomes of the power.
      if (!isNoted) await versions.makeDurable(digest);
      const current = records.current(name);
      const writes = this.#keepState(name, handedOn);
      // It serves because somebody wanted it to, whatever was said of it before.
      if (records.isCondemned(name, digest)) writes.push(records.condemn(name, digest, false));
      const { version } = plugin.manifest.plugin;
      if (!isNoted) {
        writes.push(records.begin({ plugin: name, version, digest, settings }));
        const before = current?.version ?? null;
        writes.push(
          audit.note({ kind: "plugin.served", plugin: name, details: { by: "host", version, digest, before } }),
        );
      }
      await Promise.all(writes);
    });
  }

  /** A version serves again that was kept; the one that it replaces is not to be loaded by itself again. */
  async wentBack(record: KeptGenerationRecord, condemned: string | undefined, handedOn?: HandedOn): Promise<void> {
    const { records } = this.#options;
    const { plugin } = record;
    await this.#attempt(plugin, async () => {
      const writes = this.#keepState(plugin, handedOn);
      writes.push(records.resume(record));
      if (condemned !== undefined && condemned !== record.digest) writes.push(records.condemn(plugin, condemned));
      await Promise.all(writes);
    });
  }

  #isNoted(plugin: string, digest: string, settings: JsonObject): boolean {
    const current = this.#options.records.current(plugin);
    return current?.digest === digest && JSON.stringify(current.settings) === JSON.stringify(settings);
  }

  #keepState(plugin: string, handedOn: HandedOn | undefined): Promise<unknown>[] {
    const { records } = this.#options;
    const current = records.current(plugin);
    return current && handedOn ? [records.keepState(current, handedOn.state)] : [];
  }

  /** All that was to be written down of the plugin so far is, or could not be. */
  async settled(plugin: string): Promise<void> {
    await this.#writing.get(plugin);
  }

  /** One after the other: what serves last is what is written down last. */
  async #attempt(plugin: string, work: () => Promise<void>): Promise<void> {
    const before = this.#writing.get(plugin);
    const writing = (async () => {
      await before;
      try {
        await work();
      } catch (error) {
        this.#options.log.error(`Cannot keep what version of plugin "${plugin}" serves: ${errorMessage(error)}`, {
          plugin,
        });
      }
    })();
    this.#writing.set(plugin, writing);
    await writing;
    if (this.#writing.get(plugin) === writing) this.#writing.delete(plugin);
  }
}
