import { errorMessage, SerialQueue } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { Storage } from "@berth/storage";
import type { PluginDirectory } from "./plugin-directory.ts";
import { SwitchDesk } from "./switch-desk.ts";

/** What {@link PluginSwitches} needs. */
export interface PluginSwitchesOptions {
  storage: Pick<Storage, "switches" | "audit">;
  config: Pick<HostConfig, "plugins">;
  /** Known only once the plugins were found, which asks the switches. */
  directory: () => PluginDirectory;
  /** All that cannot do without one, each after those it needs. */
  dependentsOf(id: string): readonly string[];
  /** A plugin is about to be stopped, and that is no failure of it. */
  settle(id: string): Promise<void>;
}

/** Who switches a plugin off, and how. */
export interface SwitchOffOrder {
  /** The user of the operating system. */
  by: string;
  /** Also all plugins that need it; otherwise it is refused while there are such. */
  withDependents?: boolean;
}

/** What switching a plugin on or off did. */
export interface SwitchReport {
  plugin: string;
  isOn: boolean;
  /** Whether that is other than before. */
  hasChanged: boolean;
  /** What was switched off with it, in the order it was stopped. */
  dependents: readonly string[];
  /** What went wrong on the way; it is switched all the same. */
  problems: readonly HostError[];
}

/** Which plugins of a running host are on, by the operator's command. What berth.yaml switches off is not in the host at all. */
export class PluginSwitches {
  readonly #options: PluginSwitchesOptions;
  readonly #desk: SwitchDesk;
  /** Two commands at once must not find each other's work half done. */
  readonly #turns = new SerialQueue();

  constructor(options: PluginSwitchesOptions) {
    this.#options = options;
    this.#desk = new SwitchDesk(options.storage);
  }

  /** All versions of a plugin are on or off together. */
  isOn(plugin: string): boolean {
    return this.#options.storage.switches.load(nameOf(plugin)) === undefined;
  }

  /** @throws HostError `PLUGIN_DISABLED` that says by whom, since when, and how to undo it. */
  assertOn(plugin: string): void {
    const off = this.#options.storage.switches.load(nameOf(plugin));
    if (!off) return;
    const since = new Date(off.at).toISOString().slice(0, 16).replace("T", " ");
    throw new HostError(
      "PLUGIN_DISABLED",
      `Plugin "${plugin}" was disabled by ${off.by} on ${since} UTC; \`berth plugins enable ${plugin}\` undoes it`,
    );
  }

  /** It is used again from now on; one that runs from the start is started. @throws HostError when it is not there at all. */
  switchOn(id: string, by: string, signal: AbortSignal): Promise<SwitchReport> {
    const name = nameOf(id);
    return this.#turns.run(async () => {
      const plugin = this.#options.directory().get(name);
      const hasChanged = await this.#desk.switchOn(name, by);
      const { runtime, plugin: about } = plugin.manifest;
      const problems: HostError[] = [];
      if (hasChanged && (runtime.load === "eager" || about.criticality === "required")) {
        await plugin.activate(signal).catch((error: unknown) => problems.push(asHostError(error)));
      }
      return { plugin: name, isOn: true, hasChanged, dependents: [], problems };
    });
  }

  /**
   * Its calls end within the time of a drain, and it is not loaded again.
   *
   * @throws HostError `PLUGIN_IN_USE` when others need it.
   */
  switchOff(id: string, { by, withDependents = false }: SwitchOffOrder): Promise<SwitchReport> {
    const name = nameOf(id);
    return this.#turns.run(async () => {
      const versions = this.#versionsOf(name);
      const dependents = this.#dependentsOf(versions);
      if (dependents.length > 0 && !withDependents) throw inUse(name, dependents);
      const problems: HostError[] = [];
      let hasChanged = false;
      for (const one of [...dependents, name]) {
        // First the word, then the stop: a call in between would load it again.
        hasChanged = (await this.#desk.switchOff(one, by)) || hasChanged;
        for (const plugin of this.#versionsOf(one)) problems.push(...(await this.#stop(plugin)));
      }
      return { plugin: name, isOn: false, hasChanged, dependents, problems };
    });
  }

  async #stop(plugin: ManagedPlugin): Promise<HostError[]> {
    await this.#options.settle(plugin.name);
    return (await plugin.deactivate()).map(asHostError);
  }

  /** @throws HostError when there is none. */
  #versionsOf(name: string): ManagedPlugin[] {
    const directory = this.#options.directory();
    directory.get(name);
    return directory.versionsOf(name);
  }

  /** Those that are on, in the order of a stop. */
  #dependentsOf(versions: readonly ManagedPlugin[]): string[] {
    const own = new Set(versions.map(({ name }) => nameOf(name)));
    const ids = versions.flatMap(({ name }) => this.#options.dependentsOf(name)).toReversed();
    return [...new Set(ids.map(nameOf))].filter((name) => !own.has(name) && this.isOn(name));
  }
}

/** The name alone, of what may be one version of several: `stock@1.2.0`. */
function nameOf(id: string): string {
  return id.split("@", 1)[0]!;
}

/** The refusal to switch off what others need. */
export function inUse(name: string, dependents: readonly string[]): HostError {
  const [who, verb] = [dependents.join(", "), dependents.length === 1 ? "needs" : "need"];
  return new HostError(
    "PLUGIN_IN_USE",
    `Cannot disable plugin "${name}": ${who} ${verb} it; disable them first, or all with --with-dependents`,
    { details: { plugin: name, dependents: [...dependents] } },
  );
}

function asHostError(error: unknown): HostError {
  return isHostError(error) ? error : new HostError("PLUGIN_FAILED", errorMessage(error), { cause: error });
}
