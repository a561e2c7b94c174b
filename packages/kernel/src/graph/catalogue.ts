import type { GraphInput, GraphPlugin } from "./graph-plugin.ts";
import { VersionReader } from "./version-reader.ts";

/** Another plugin that one asks for, and the versions there are of it that fit, the best first. */
export interface PluginNeed {
  readonly name: string;
  readonly range: string;
  readonly fitting: readonly GraphNode[];
}

/** A service that a plugin asks for, and those that provide it, the best first. */
export interface ServiceNeed {
  readonly service: string;
  readonly fitting: readonly GraphNode[];
}

export type Need = PluginNeed | ServiceNeed;

/** What keeps a version from running here, whatever else there is. */
export type Fault =
  | { readonly kind: "host" | "node"; readonly range: string; readonly present: string }
  | { readonly kind: "program"; readonly program: string };

/** One version of a plugin with what it asks, looked up. */
export interface GraphNode {
  readonly index: number;
  readonly plugin: GraphPlugin;
  readonly faults: readonly Fault[];
  readonly needs: readonly Need[];
  readonly optional: readonly PluginNeed[];
  readonly conflicts: readonly PluginNeed[];
}

/** Everything that was found, looked up once: which versions fit which range, and who provides what. */
export class Catalogue {
  readonly nodes: readonly GraphNode[];
  readonly #input: GraphInput;
  readonly #versions = new VersionReader();
  readonly #byName = new Map<string, GraphNode[]>();
  readonly #providers = new Map<string, GraphNode[]>();
  readonly #fitting = new Map<string, readonly GraphNode[]>();
  readonly #programs = new Map<string, boolean>();
  readonly #hostServices: ReadonlySet<string>;

  constructor(input: GraphInput) {
    this.#input = input;
    this.#hostServices = new Set(input.hostServices);
    const nodes = input.plugins.map((plugin, index) => ({ index, plugin, faults: this.#faultsOf(plugin), ...NOTHING }));
    for (const node of nodes) add(this.#byName, node.plugin.name, node);
    for (const versions of this.#byName.values()) versions.sort((a, b) => this.#compare(a.plugin, b.plugin));
    // In the order of names as they were found, so that the first that provides a service is the one everybody gets.
    for (const versions of this.#byName.values()) {
      for (const node of versions) for (const service of node.plugin.services) add(this.#providers, service, node);
    }
    this.nodes = nodes;
    for (const node of nodes) Object.assign(node, this.#asksOf(node.plugin));
  }

  /** The versions there are of a plugin, the best first. */
  versionsOf(name: string): readonly GraphNode[] {
    return this.#byName.get(name) ?? [];
  }

  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  get services(): Iterable<string> {
    return [...this.#hostServices, ...this.#providers.keys()];
  }

  isOfHost(service: string): boolean {
    return this.#hostServices.has(service);
  }

  fitting(name: string, range: string): readonly GraphNode[] {
    const key = `${name} ${range}`;
    let fitting = this.#fitting.get(key);
    if (fitting === undefined) {
      fitting = this.versionsOf(name).filter(({ plugin }) => this.#versions.fits(plugin.version, range));
      this.#fitting.set(key, fitting);
    }
    return fitting;
  }

  #compare(a: GraphPlugin, b: GraphPlugin): number {
    return a.layer - b.layer || this.#versions.compare(a.version, b.version);
  }

  #faultsOf({ dependencies }: GraphPlugin): Fault[] {
    const faults: Fault[] = [];
    for (const kind of ["host", "node"] as const) {
      const range = dependencies[kind];
      const present = this.#input[kind];
      if (range !== undefined && !this.#versions.fits(present, range)) faults.push({ kind, range, present });
    }
    for (const program of dependencies.external_deps ?? []) {
      if (!this.#hasProgram(program)) faults.push({ kind: "program", program });
    }
    return faults;
  }

  #hasProgram(name: string): boolean {
    const known = this.#programs.get(name) ?? this.#input.hasProgram(name);
    this.#programs.set(name, known);
    return known;
  }

  #asksOf({ name: own, dependencies }: GraphPlugin): Pick<GraphNode, "needs" | "optional" | "conflicts"> {
    const { requires, optional, conflicts, services = [] } = dependencies;
    const asked = services.filter((service) => !this.#hostServices.has(service));
    return {
      needs: [
        ...this.#look(requires),
        ...asked.map((service) => ({ service, fitting: this.#providers.get(service) ?? [] })),
      ],
      optional: this.#look(optional),
      conflicts: this.#look(conflicts).filter(({ name }) => name !== own),
    };
  }

  #look(ranges: Readonly<Record<string, string>> = {}): PluginNeed[] {
    return Object.entries(ranges).map(([name, range]) => ({ name, range, fitting: this.fitting(name, range) }));
  }
}

const NOTHING: Pick<GraphNode, "needs" | "optional" | "conflicts"> = { needs: [], optional: [], conflicts: [] };

function add(lists: Map<string, GraphNode[]>, key: string, node: GraphNode): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [node]);
  else list.push(node);
}
