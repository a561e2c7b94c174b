import type { Binding } from "./binding.ts";
import { bind } from "./binding.ts";
import { Catalogue, type GraphNode } from "./catalogue.ts";
import { firstClash } from "./clashes.ts";
import { ConflictSearch, possibleRoots } from "./conflict-search.ts";
import { explainConflict } from "./explain-conflict.ts";
import { Explainer } from "./explainer.ts";
import type { GraphInput, GraphPlugin } from "./graph-plugin.ts";
import type { GraphProblem } from "./graph-problem.ts";
import { Satisfier } from "./satisfier.ts";
import { bindOptional, providersFirst } from "./start-order.ts";

/** A version of a plugin that runs, and whom it got for what it asks. */
export interface BoundPlugin<P extends GraphPlugin = GraphPlugin> {
  plugin: P;
  /** Whether it is the one meant by its name alone; others of that name are there for those bound to them. */
  isDefault: boolean;
  requires: readonly P[];
  optional: readonly P[];
  /** Optional plugins that are not there in a version that fits, with the range asked. */
  absent: readonly { name: string; range: string }[];
  /** By service; the host's own have no entry. */
  services: ReadonlyMap<string, P>;
  /** All of those that are started before it: optional ones only where they do not need it in turn. */
  before: readonly P[];
}

/** What runs, and what does not and why. */
export interface GraphSolution<P extends GraphPlugin = GraphPlugin> {
  /** Providers first: the order to start in; to stop in, from the end. */
  active: readonly BoundPlugin<P>[];
  /** Of every wanted plugin that is left out at least one. */
  problems: readonly GraphProblem[];
}

/**
 * Decides which versions of which plugins run, and binds each to the best version of what it asks for: by layer, then releases before
 * previews, then the highest. Several versions of one plugin may run side by side. As many of the wanted are taken as can be, the more
 * important first; whoever is left out is named with the reason, and the others go on.
 */
export function solveGraph<P extends GraphPlugin>(
  input: GraphInput & { readonly plugins: readonly P[] },
): GraphSolution<P> {
  const catalogue = new Catalogue(input);
  const satisfier = new Satisfier(catalogue.nodes);
  const ranks = satisfier.ranks(new Set());
  const isPossible = (name: string): boolean => catalogue.versionsOf(name).some(({ index }) => ranks[index]! >= 0);
  const unusable = input.unusable ?? new Map();
  const wanted = [...new Set(input.wanted)];
  const possible = wanted.filter(isPossible);
  const { binding, excluded } = takeAllPossible(catalogue, possible, satisfier);
  const explainer = new Explainer(catalogue, { wanted, ranks, unusable });
  const problems = wanted.flatMap((name) => {
    if (!isPossible(name)) return explainer.impossible(name);
    const taken = excluded.get(name);
    if (taken === undefined) return [];
    const roots = possibleRoots(catalogue, [...taken, name], ranks);
    return [explainConflict(roots, bind(roots, ranks))];
  });
  return { active: toBound<P>(catalogue, binding), problems };
}

/** What is taken, and for each that was not, those taken beside which it could not be. */
interface Taken {
  binding: Binding;
  excluded: ReadonlyMap<string, readonly string[]>;
}

function takeAllPossible(catalogue: Catalogue, wanted: readonly string[], satisfier: Satisfier): Taken {
  const ranks = satisfier.ranks(new Set());
  const binding = bind(possibleRoots(catalogue, wanted, ranks), ranks);
  // The usual case: there are no conflicts.
  if (firstClash(binding) === undefined) return { binding, excluded: new Map() };
  const search = new ConflictSearch(catalogue, satisfier);
  return takeOneByOne(search, wanted) ?? takeRoughly(search, wanted);
}

/** Takes each that goes with all taken before it; `undefined` when that takes too long. */
function takeOneByOne(search: ConflictSearch, wanted: readonly string[]): Taken | undefined {
  const excluded = new Map<string, readonly string[]>();
  const taken: string[] = [];
  let rest = wanted;
  for (;;) {
    let found = search.find([...taken, ...rest]);
    if (!found.reason) return { binding: found.binding, excluded };
    // The last of those that cannot run together is too many, or one before it: what goes with more goes with fewer.
    let at = rest.length;
    while (found.reason && at > 0) {
      if (search.hasGivenUp) return undefined;
      const { reason } = found;
      at = rest.findLastIndex((name) => reason.has(name));
      if (at > 0) found = search.find([...taken, ...rest.slice(0, at)]);
    }
    taken.push(...rest.slice(0, at));
    excluded.set(rest[at]!, taken.slice());
    rest = rest.slice(at + 1);
  }
}

function takeRoughly(search: ConflictSearch, wanted: readonly string[]): Taken {
  const { binding, taken } = search.findRoughly(wanted);
  const left = wanted.filter((name) => !taken.includes(name));
  // What it clashed with may have been left out in turn, and is the reason all the same.
  return { binding, excluded: new Map(left.map((name) => [name, wanted.filter((other) => other !== name)])) };
}

function toBound<P extends GraphPlugin>(catalogue: Catalogue, binding: Binding): BoundPlugin<P>[] {
  const optional = bindOptional(binding);
  const pluginOf = (node: GraphNode): P => node.plugin as P;
  const defaults = new Set<GraphNode>();
  for (const name of catalogue.names) {
    const best = catalogue.versionsOf(name).find((node) => binding.has(node));
    if (best) defaults.add(best);
  }
  return providersFirst(binding, optional).map(({ node, before }) => {
    const needs = [...binding.get(node)!];
    const used = optional.get(node);
    return {
      plugin: pluginOf(node),
      isDefault: defaults.has(node),
      requires: needs.flatMap(([need, provider]) => ("name" in need ? [pluginOf(provider)] : [])),
      optional: [...(used?.values() ?? [])].map(pluginOf),
      before: [...before].map(pluginOf),
      absent: node.optional.filter((need) => !used?.has(need)).map(({ name, range }) => ({ name, range })),
      services: new Map(
        needs.flatMap(([need, provider]) => ("service" in need ? [[need.service, pluginOf(provider)]] : [])),
      ),
    };
  });
}
