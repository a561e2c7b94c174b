import { nearest } from "@berth/base";
import gtr from "semver/ranges/gtr.js";
import type { Catalogue, Fault, GraphNode, Need, PluginNeed, ServiceNeed } from "./catalogue.ts";
import { disagreeing, type Link, linkOf, links, linkText, wayOf } from "./chains.ts";
import { nameOf, type UnusablePlugin } from "./graph-plugin.ts";
import type { GraphFix, GraphProblem } from "./graph-problem.ts";

const HOST_NAMES = { host: "Berth", node: "Node.js" } as const;

/** Says in words why a plugin cannot run, and one thing that would help. */
export class Explainer {
  readonly #catalogue: Catalogue;
  readonly #ranks: Int32Array;
  readonly #unusable: ReadonlyMap<string, UnusablePlugin>;
  readonly #wanted: readonly string[];

  constructor(catalogue: Catalogue, { wanted, ranks, unusable }: ExplainerOptions) {
    this.#catalogue = catalogue;
    this.#ranks = ranks;
    this.#unusable = unusable;
    this.#wanted = wanted;
  }

  /** Why no version of `name` can run, conflicts aside: of each thing that its best version lacks, what is at the bottom of it. */
  impossible(name: string): GraphProblem[] {
    const best = this.#catalogue.versionsOf(name)[0];
    if (best === undefined) return [this.#lacks([{ name }], { name, range: "*", fitting: [] })];
    const path = [best];
    if (best.faults.length > 0) return best.faults.map((fault) => this.#fault(path, fault));
    return best.needs.filter((need) => this.#isUnmet(need)).map((need) => this.#bottomOf(path, need));
  }

  /** Follows the best of what fits until something is not there, or leads back. */
  #bottomOf(path: readonly GraphNode[], need: Need): GraphProblem {
    const next = need.fitting[0];
    const way = [...wayOf(path), linkOf(need)];
    if (next === undefined) return "service" in need ? this.#lacksService(way, need) : this.#lacks(way, need);
    if (path.includes(next)) return this.#circle(path, next);
    const longer = [...path, next];
    const [fault] = next.faults;
    if (fault !== undefined) return this.#fault(longer, fault);
    return this.#bottomOf(
      longer,
      next.needs.find((one) => this.#isUnmet(one))!,
    );
  }

  #circle(path: readonly GraphNode[], first: GraphNode): GraphProblem {
    const members = path.slice(path.indexOf(first));
    const names = members.map(({ plugin }) => nameOf(plugin));
    const plugin = path[0]!.plugin.name;
    const way = members.length === path.length ? "" : ` (${links(wayOf(path))})`;
    return {
      kind: "cycle",
      code: "DEPENDENCY_CYCLE",
      plugin,
      message: `${leftOut(plugin)} ${[...names, names[0]].join(" -> ")} is a circle, so none of them can start first${way}`,
      chains: [wayOf([...path, first]).map(linkText)],
      members: names,
      fix: this.#opened(members),
    };
  }

  /** The last link of the circle that can be made optional; a service cannot. */
  #opened(members: readonly GraphNode[]): GraphFix {
    const asks = members.map(({ plugin, needs }) => [plugin.name, needs.find((need) => this.#isUnmet(need))!] as const);
    const [plugin, need] = asks.findLast(([, one]) => "name" in one) ?? asks.at(-1)!;
    const where = `In the manifest of "${plugin}"`;
    return "name" in need
      ? {
          do: "make-optional",
          plugin,
          need: need.name,
          text: `${where}, move "${need.name}" from [dependencies.requires] to [dependencies.optional]`,
        }
      : {
          do: "make-optional",
          plugin,
          need: need.service,
          text: `${where}, take the service "${need.service}" out of dependencies.services`,
        };
  }

  #isUnmet({ fitting }: Need): boolean {
    return fitting.every(({ index }) => this.#ranks[index]! < 0);
  }

  #fault(path: readonly GraphNode[], fault: Fault): GraphProblem {
    const way = wayOf(path);
    const plugin = way[0]!.name;
    const last = path.at(-1)!.plugin;
    const by = path.length === 1 ? "" : ` (${links(way)})`;
    const who = path.length === 1 ? "it" : nameOf(last);
    const chains = [way.map(linkText)];
    if (fault.kind === "program") {
      const { program } = fault;
      return {
        kind: "missing-program",
        code: "DEPENDENCY_MISSING",
        plugin,
        message: `${leftOut(plugin)} ${who} needs the program "${program}", which is not on this machine${by}`,
        chains,
        fix: { do: "install-program", program, text: `Install the program "${program}"` },
      };
    }
    const { kind, range, present } = fault;
    const what = HOST_NAMES[kind];
    return {
      kind,
      code: "PLUGIN_INCOMPATIBLE",
      plugin,
      message: `${leftOut(plugin)} ${who} asks for ${what} ${range}, this is ${present}${by}`,
      chains,
      fix: gtr(present, range)
        ? {
            do: "install",
            plugin: last.name,
            range: "*",
            text: `Install a version of "${last.name}" that works with ${what} ${present}`,
          }
        : { do: `update-${kind}`, range, text: `Update ${what} to a version within ${range}` },
    };
  }

  #lacks(way: readonly Link[], { name, range }: PluginNeed): GraphProblem {
    const plugin = way[0]!.name;
    const there = this.#catalogue.versionsOf(name).map((node) => node.plugin.version);
    const chains = [way.map(linkText)];
    const common = { code: "DEPENDENCY_MISSING", plugin } as const;
    const unusable = this.#unusable.get(name);
    if (unusable !== undefined && there.length === 0) {
      const message = `${leftOut(plugin)} plugin "${name}" ${unusable.why} (${links(way)})`;
      return { ...common, kind: "missing-plugin", message, chains, fix: unusable.fix };
    }
    const within = range === "*" ? "" : ` within ${range}`;
    const fix = { do: "install", plugin: name, range, text: `Install "${name}"${within}` } as const;
    if (there.length === 0) {
      const by = way.length === 1 ? "" : ` (${links(way)})`;
      const meant = nearest(name, this.#catalogue.names);
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      const message = `${leftOut(plugin)} no plugin is named "${name}"${by}${hint}`;
      return { ...common, kind: "missing-plugin", message, chains, fix };
    }
    const other = disagreeing(this.#catalogue, name, [plugin, ...this.#wanted]);
    const text = `${fix.text}; it runs beside ${there[0]}`;
    const only = `of "${name}" there is only ${there.join(", ")}`;
    if (other === undefined) {
      const message = `${leftOut(plugin)} ${only}, which does not fit ${links(way)}`;
      return { ...common, kind: "missing-version", message, chains, fix: { ...fix, text } };
    }
    const message = `${leftOut(plugin)} ${only}, which fits ${links(other)} and not ${links(way)}`;
    return {
      ...common,
      kind: "missing-version",
      message,
      chains: [...chains, other.map(linkText)],
      fix: { ...fix, text },
    };
  }

  #lacksService(way: readonly Link[], { service }: ServiceNeed): GraphProblem {
    const plugin = way[0]!.name;
    const meant = nearest(service, this.#catalogue.services);
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    return {
      kind: "missing-service",
      code: "DEPENDENCY_MISSING",
      plugin,
      message: `${leftOut(plugin)} nobody provides the service "${service}" (${links(way)})${hint}`,
      chains: [way.map(linkText)],
      fix: {
        do: "install-provider",
        service,
        text: `Install a plugin that provides the service "${service}"`,
      },
    };
  }
}

/** What {@link Explainer} needs to know beside what was found. */
export interface ExplainerOptions {
  wanted: readonly string[];
  /** What can run, conflicts aside. */
  ranks: Int32Array;
  unusable: ReadonlyMap<string, UnusablePlugin>;
}

export function leftOut(plugin: string): string {
  return `Cannot use plugin "${plugin}":`;
}
