import type { Manifest } from "@berth/contract";
import type { DiscoveredPlugin, Root } from "@berth/kernel/discovery";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { type Edges, type GraphPlan, planOf } from "./graph-plan.ts";
import { byImportance, graphPlugin, hasNeeds, layerOf } from "./host-graph-plugin.ts";
import type { HostGraphQuestion } from "./solve-host-graph.ts";
import type * as solving from "./solve-host-graph.ts";

type Solver = typeof solving;

/** What {@link PluginGraph} needs of the host. */
export interface PluginGraphOptions {
  directory: PluginDirectory;
  plan: GraphPlan;
  roots: readonly Root[];
  hostServices: () => Iterable<string>;
}

const NONE: Edges = { requires: [], optional: [], services: new Map(), before: [] };

/**
 * Who is bound to whom in a running host. When a plugin gets another version, its dependents are bound again to the best there is; what
 * versions there are beside each other was decided when the host was made.
 */
export class PluginGraph {
  readonly #options: PluginGraphOptions;
  #plan: GraphPlan;
  #solver: Solver | undefined;
  /** What the plan was made of; unknown until a plugin has another version, for most starts never need it. */
  #madeOf = "";
  /** The same as it stood then: who asks for each call of a service has no time to read all of it. */
  #manifests: readonly Manifest[];

  constructor(options: PluginGraphOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#manifests = options.directory.plugins.map(({ manifest }) => manifest);
  }

  /** Whether anybody is bound to anybody. */
  get hasEdges(): boolean {
    return this.#current().edges.size > 0;
  }

  /** All plugins, providers first. */
  get inOrder(): ManagedPlugin[] {
    const { directory } = this.#options;
    const { order } = this.#current();
    if (order.length === 0) return [...directory.plugins];
    const place = new Map(order.map((id, at) => [id, at]));
    const placeOf = ({ name }: ManagedPlugin): number => place.get(name) ?? order.length;
    return directory.plugins.toSorted((a, b) => placeOf(a) - placeOf(b));
  }

  /** Whom a plugin is bound to. */
  edgesOf(id: string): Edges {
    return this.#current().edges.get(id) ?? NONE;
  }

  /** Whom another version of a plugin would be bound to, once {@link check} was asked about one. */
  edgesWith(id: string, manifest: Manifest): Edges {
    const now = this.#options.directory.get(id).manifest;
    if (!this.#solver || now === manifest || asksOf(now) === asksOf(manifest)) return this.edgesOf(id);
    return this.#planFor(this.#solver, { id, manifest }).edges.get(id) ?? NONE;
  }

  /** The plugins bound to `id`, directly, by something they cannot do without. */
  requiredBy(id: string): string[] {
    return this.#bound(({ requires }) => requires.includes(id));
  }

  /** The plugins bound to `id`, directly, that go on without it. */
  usedBy(id: string): string[] {
    return this.#bound(({ optional, services }) => optional.includes(id) || [...services.values()].includes(id));
  }

  /** The plugins that are started after `id` because they are bound to it, and so are stopped before it. */
  startedAfter(id: string): string[] {
    return this.#bound(({ before }) => before.includes(id));
  }

  /** All that cannot do without `id`, also by way of others, each after those it needs. */
  dependentsOf(id: string): string[] {
    const found = new Set<string>();
    const next = [id];
    for (const provider of next) {
      for (const dependent of this.requiredBy(provider)) {
        if (found.has(dependent)) continue;
        found.add(dependent);
        next.push(dependent);
      }
    }
    return this.inOrder.map(({ name }) => name).filter((name) => found.has(name));
  }

  /** Of whom a plugin gets a service: of several versions the one that it is bound to. */
  providerOf(id: string, service: string): ManagedPlugin | undefined {
    const { requires, optional, services } = this.edgesOf(id);
    const { directory } = this.#options;
    const bound = [...requires, ...optional].map((provider) => directory.get(provider));
    const provider = bound.find(({ manifest }) => manifest.provides.service?.includes(service));
    if (provider) return provider;
    const chosen = services.get(service);
    return chosen === undefined ? undefined : directory.get(chosen);
  }

  /**
   * Whether `id` may have another version: everybody who runs must still be served, and what it asks must be there.
   *
   * @throws HostError `DEPENDENCY_…` or `PLUGIN_INCOMPATIBLE` in the words of the graph.
   */
  async check(id: string, manifest: Manifest): Promise<void> {
    const { edges } = this.#current();
    if (edges.size === 0 && !hasNeeds(manifest)) return;
    this.#solver ??= await import("./solve-host-graph.ts");
    const { graphError, solveHostGraph } = this.#solver;
    const known = new Set(solveHostGraph(this.#question()).problems.map(({ plugin }) => plugin));
    const question = this.#question({ id, manifest });
    const { active, problems } = solveHostGraph(question);
    const problem = problems.find(({ plugin }) => !known.has(plugin));
    if (problem) throw graphError(problem);
    if (active.some(({ plugin }) => plugin.id === id)) return;
    // Another version would do in its place, which does not say why this one does not.
    const { name } = manifest.plugin;
    const plugins = question.plugins.filter((one) => one.name !== name || one.id === id);
    const [why] = solveHostGraph({ ...question, plugins, wanted: [name] }).problems;
    if (why) throw graphError(why);
  }

  /**
   * Whether a plugin that came while the host runs can be taken in: what it asks must be there, and nobody who runs may lose anything by
   * it. Of two that exclude each other the one that runs stays.
   *
   * @throws HostError `DEPENDENCY_…` or `PLUGIN_INCOMPATIBLE` in the words of the graph.
   */
  async checkNewcomer(source: DiscoveredPlugin): Promise<void> {
    const { directory, roots } = this.#options;
    const { manifest, name } = source;
    if (!hasNeeds(manifest) && !directory.plugins.some((one) => hasNeeds(one.manifest))) return;
    this.#solver ??= await import("./solve-host-graph.ts");
    const { graphError, solveHostGraph } = this.#solver;
    const question = this.#question();
    const known = new Set(solveHostGraph(question).problems.map(({ plugin }) => plugin));
    const { problems } = solveHostGraph({
      ...question,
      plugins: [...question.plugins, graphPlugin(manifest, source.id, layerOf(source, roots))],
      wanted: [...question.wanted, name],
    });
    const problem = problems.find(({ plugin }) => !known.has(plugin));
    if (problem) throw graphError(problem);
  }

  /** The plan for what the plugins are now: each may have another version than when it was made. */
  #current(): GraphPlan {
    const { plugins } = this.#options.directory;
    if (!this.#solver || plugins.every(({ manifest }, at) => manifest === this.#manifests[at])) return this.#plan;
    this.#manifests = plugins.map(({ manifest }) => manifest);
    const asks = this.#asks();
    if (asks !== this.#madeOf) {
      this.#plan = this.#planFor(this.#solver);
      this.#madeOf = asks;
    }
    return this.#plan;
  }

  #planFor({ solveHostGraph }: Solver, other?: OtherVersion): GraphPlan {
    return planOf(solveHostGraph(this.#question(other)));
  }

  #question(other?: OtherVersion): HostGraphQuestion {
    const { directory, roots, hostServices } = this.#options;
    const versions = directory.plugins.map(({ name: id, manifest }) => {
      return { id, manifest: id === other?.id ? other.manifest : manifest, source: directory.sourceOf(id) };
    });
    const named = versions.filter(({ id, source }) => id === source.name);
    return {
      plugins: versions.map(({ id, manifest, source }) => graphPlugin(manifest, id, layerOf(source, roots))),
      wanted: byImportance(named.map(({ manifest }) => manifest)),
      hostServices: hostServices(),
    };
  }

  #asks(): string {
    return this.#options.directory.plugins.map(({ name, manifest }) => `${name}\0${asksOf(manifest)}`).join("\0");
  }

  #bound(isBound: (edges: Edges) => boolean): string[] {
    return [...this.#current().edges].filter(([, edges]) => isBound(edges)).map(([id]) => id);
  }
}

/** All of a manifest that the graph looks at, to tell whether two are the same to it: solving takes a hundred times as long. */
function asksOf({ plugin, dependencies, provides }: Manifest): string {
  return JSON.stringify([plugin.name, plugin.version, plugin.criticality, dependencies, provides.service]);
}

/** A version that a plugin does not have, or not yet. */
interface OtherVersion {
  id: string;
  manifest: Manifest;
}
