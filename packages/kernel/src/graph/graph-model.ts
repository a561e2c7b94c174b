import satisfies from "semver/functions/satisfies.js";
import type { GraphPlugin } from "./graph-plugin.ts";

/** What runs together, in the model: any set of versions. */
export type Running = ReadonlySet<GraphPlugin>;

/**
 * What a graph may be, by trying every set of versions: no ranks, no search, no order. Only for tests, and only for a handful.
 */
export class GraphModel {
  readonly #sets: Running[];

  constructor(plugins: readonly GraphPlugin[]) {
    this.#sets = Array.from({ length: 2 ** plugins.length }, (_, bits) => {
      return new Set(plugins.filter((_plugin, at) => (bits >> at) & 1));
    }).filter((set) => !hasConflict(set) && canStart(set));
  }

  /** Whether all those names can run together, each at some version. */
  canRun(names: readonly string[]): boolean {
    return this.#sets.some((set) => names.every((name) => [...set].some((plugin) => plugin.name === name)));
  }

  /** The names that run when each is taken that goes with those before it. */
  taken(wanted: readonly string[]): string[] {
    const taken: string[] = [];
    for (const name of wanted) if (this.canRun([...taken, name])) taken.push(name);
    return taken;
  }
}

export function fits(plugin: GraphPlugin, name: string, range: string): boolean {
  return plugin.name === name && satisfies(plugin.version, range, { includePrerelease: true });
}

export function hasConflict(set: Iterable<GraphPlugin>): boolean {
  const all = [...set];
  return all.some(({ dependencies }) =>
    Object.entries(dependencies.conflicts ?? {}).some(([name, range]) => all.some((one) => fits(one, name, range))),
  );
}

/** Whether all of a set can be started one after another, each when what it requires has been. */
function canStart(set: Running): boolean {
  const started = new Set<GraphPlugin>();
  for (let before = -1; started.size > before;) {
    before = started.size;
    for (const plugin of set) if (canStartAfter(plugin, started)) started.add(plugin);
  }
  return started.size === set.size;
}

export function canStartAfter({ dependencies }: GraphPlugin, started: Running): boolean {
  const { requires = {}, services = [] } = dependencies;
  const isThere = (test: (plugin: GraphPlugin) => boolean): boolean => [...started].some(test);
  return (
    Object.entries(requires).every(([name, range]) => isThere((plugin) => fits(plugin, name, range))) &&
    services.every((service) => isThere((plugin) => plugin.services.includes(service)))
  );
}
