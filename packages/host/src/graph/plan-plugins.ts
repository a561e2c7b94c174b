import { type HostError, isHostError } from "@berth/contract";
import type { DiscoveredPlugin, Root } from "@berth/kernel/discovery";
import type { UnusablePlugin } from "@berth/kernel/graph";
import type { DirectoryEntry, PluginTrouble } from "../plugins/plugin-directory.ts";
import { byImportance, graphPlugin, hasNeeds, type HostGraphPlugin, layerOf } from "./host-graph-plugin.ts";
import { type GraphPlan, NO_EDGES, planOf } from "./graph-plan.ts";

/** What {@link planPlugins} needs of the host. */
export interface PlanPluginsOptions {
  roots: readonly Root[];
  hostServices: Iterable<string>;
  /** Makes a plugin ready to be loaded, or says why it cannot be. */
  manage(plugin: DiscoveredPlugin): Promise<DirectoryEntry>;
}

/** What a host begins with. */
export interface PluginPlan {
  entries: DirectoryEntry[];
  troubles: PluginTrouble[];
  graph: GraphPlan;
}

/**
 * Decides which versions of which plugins are used. Where none asks for another and each has one version, which is nearly always, that
 * is all of them, and nothing is loaded to find out.
 */
export async function planPlugins(
  found: readonly DiscoveredPlugin[],
  options: PlanPluginsOptions,
): Promise<PluginPlan> {
  const isSimple =
    new Set(found.map(({ name }) => name)).size === found.length && !found.some(({ manifest }) => hasNeeds(manifest));
  const planning = new Planning(found, options);
  return isSimple ? planning.takeAll() : planning.solve();
}

class Planning {
  readonly #found: readonly DiscoveredPlugin[];
  readonly #options: PlanPluginsOptions;
  /** By id and folder. */
  readonly #entries = new Map<string, DirectoryEntry>();
  readonly #failed = new Map<DiscoveredPlugin, HostError>();

  constructor(found: readonly DiscoveredPlugin[], options: PlanPluginsOptions) {
    this.#found = found;
    this.#options = options;
  }

  async takeAll(): Promise<PluginPlan> {
    const entries: DirectoryEntry[] = [];
    for (const plugin of this.#found) {
      const entry = await this.#manage(plugin);
      if (entry) entries.push(entry);
    }
    return { entries, troubles: this.#troubles(), graph: NO_EDGES };
  }

  /** What turns out to be unusable is left aside and the rest solved again, so that its dependents hear of it too. */
  async solve(): Promise<PluginPlan> {
    const { graphError, solveHostGraph } = await import("./solve-host-graph.ts");
    for (;;) {
      const usable = this.#found.filter((plugin) => !this.#failed.has(plugin));
      const sources = new Map(usable.map((plugin) => [this.#nodeOf(plugin), plugin]));
      const solution = solveHostGraph({
        plugins: [...sources.keys()],
        wanted: byImportance(usable.map(({ manifest }) => manifest)),
        hostServices: this.#options.hostServices,
        unusable: this.#unusable(),
      });
      const chosen = solution.active.map(({ plugin, isDefault }) => {
        const source = sources.get(plugin)!;
        return { plugin, source: isDefault ? source : source.beside() };
      });
      const entries: DirectoryEntry[] = [];
      for (const { plugin, source } of chosen) {
        const entry = this.#entries.get(keyOf(source)) ?? (await this.#manage(sources.get(plugin)!, source));
        if (entry) entries.push(entry);
      }
      if (entries.length < chosen.length) continue;
      const ids = new Map(chosen.map(({ plugin, source }) => [plugin, source.id]));
      const left = solution.problems.map((problem) => this.#leftOut(problem.plugin, graphError(problem)));
      return {
        entries: this.#inOrderFound(entries),
        troubles: [...this.#troubles(), ...left],
        graph: planOf(solution, (plugin) => ids.get(plugin)!),
      };
    }
  }

  async #manage(found: DiscoveredPlugin, source = found): Promise<DirectoryEntry | undefined> {
    try {
      const entry = await this.#options.manage(source);
      this.#entries.set(keyOf(source), entry);
      return entry;
    } catch (error) {
      if (!isHostError(error)) throw error;
      this.#failed.set(found, error);
      return undefined;
    }
  }

  #nodeOf(plugin: DiscoveredPlugin): HostGraphPlugin {
    return graphPlugin(plugin.manifest, plugin.id, layerOf(plugin, this.#options.roots));
  }

  #unusable(): Map<string, UnusablePlugin> {
    return new Map([...this.#failed].map(([{ name }, error]) => [name, unusable(name, error)]));
  }

  #troubles(): PluginTrouble[] {
    return [...this.#failed].map(([{ name }, error]) => this.#trouble(name, error));
  }

  /** What it lacks may come while the host runs. */
  #leftOut(name: string, error: HostError): PluginTrouble {
    const source = this.#found.find((one) => one.name === name);
    return { ...this.#trouble(name, error), ...(source ? { source } : {}) };
  }

  #trouble(name: string, error: HostError): PluginTrouble {
    const isNeeded = this.#found.some(
      ({ name: one, manifest }) => one === name && manifest.plugin.criticality === "required",
    );
    return {
      plugin: name,
      error,
      isRequired: isNeeded && error.code !== "PLUGIN_DISABLED" && error.code !== "PLUGIN_LEFT_OUT",
    };
  }

  /** Who provides a contested contribution is decided by the order of the roots; versions beside others come last. */
  #inOrderFound(entries: readonly DirectoryEntry[]): DirectoryEntry[] {
    const place = new Map(this.#found.map(({ folder }, at) => [folder, at]));
    const isBeside = ({ source }: DirectoryEntry): number => Number(source.id !== source.name);
    return entries.toSorted(
      (a, b) => isBeside(a) - isBeside(b) || place.get(a.source.folder)! - place.get(b.source.folder)!,
    );
  }
}

const keyOf = ({ id, folder }: DiscoveredPlugin): string => `${id} ${folder}`;

function unusable(name: string, { code, message }: HostError): UnusablePlugin {
  return code === "PLUGIN_DISABLED"
    ? {
        why: "is disabled",
        fix: { do: "enable", plugin: name, text: `Enable "${name}": set plugins.${name}.enabled to true` },
      }
    : {
        why: `cannot be used: ${message}`,
        fix: { do: "mend", plugin: name, text: `Mend what keeps "${name}" from being used` },
      };
}
