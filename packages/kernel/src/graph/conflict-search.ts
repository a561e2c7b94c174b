import { type Binding, bind } from "./binding.ts";
import type { Catalogue, GraphNode } from "./catalogue.ts";
import { clashesIn, firstClash } from "./clashes.ts";
import type { Satisfier } from "./satisfier.ts";

/** What is looked at in a search; to find a way around conflicts is as hard as any puzzle. Some 500 ms. */
const MOST_NODES = 500_000;
const MOST_TRIES = 10_000;

/** What a search came to: a binding, or names that cannot all run together. */
type SearchResult = { binding: Binding; reason?: never } | { reason: ReadonlySet<string> };

/** Finds bindings in which no two conflict. */
export class ConflictSearch {
  readonly #catalogue: Catalogue;
  readonly #satisfier: Satisfier;
  readonly #ranks: Int32Array;
  #triesLeft: number;

  constructor(catalogue: Catalogue, satisfier: Satisfier) {
    this.#catalogue = catalogue;
    this.#satisfier = satisfier;
    this.#ranks = satisfier.ranks(new Set());
    this.#triesLeft = Math.min(MOST_TRIES, Math.ceil(MOST_NODES / catalogue.nodes.length));
  }

  /** Whether it was broken off, so that "there is none" means "none was found". */
  get hasGivenUp(): boolean {
    return this.#triesLeft <= 0;
  }

  /**
   * A binding of all `wanted` in which no two conflict; or the names that cannot run together. Two that clash are never both in a
   * binding, so one of them is excluded, and if that leads nowhere the other: no way is missed. Where a way ends, one name has no version
   * left, and only those names are the reason.
   */
  find(wanted: readonly string[]): SearchResult {
    const ways: ReadonlySet<GraphNode>[] = [new Set()];
    const reason = new Set<string>();
    for (let excluded = ways.pop(); excluded !== undefined && this.#triesLeft-- > 0; excluded = ways.pop()) {
      const ranks = excluded.size === 0 ? this.#ranks : this.#satisfier.ranks(excluded);
      const roots = rootsOf(this.#catalogue, wanted, ranks);
      if (typeof roots === "string") {
        reason.add(roots);
        continue;
      }
      const binding = bind(roots, ranks);
      const clash = firstClash(binding);
      if (clash === undefined) return { binding };
      const [more, less] = byImportance(binding, clash.node, clash.other);
      // The last is tried first.
      ways.push(new Set([...excluded, more]), new Set([...excluded, less]));
    }
    return { reason };
  }

  /**
   * A binding without conflicts of `wanted`, or of a part of them, in few steps: of every two that clash the less important goes. It may
   * leave out what could have stayed.
   */
  findRoughly(wanted: readonly string[]): { binding: Binding; taken: readonly string[] } {
    const excluded = new Set<GraphNode>();
    let [taken, ranks] = [wanted, this.#ranks];
    for (;;) {
      const binding = bind(possibleRoots(this.#catalogue, taken, ranks), ranks);
      const before = excluded.size;
      for (const { node, other } of clashesIn(binding)) {
        if (!excluded.has(node) && !excluded.has(other)) excluded.add(byImportance(binding, node, other)[1]);
      }
      if (excluded.size === before) return { binding, taken };
      ranks = this.#satisfier.ranks(excluded);
      taken = taken.filter((name) => typeof rootsOf(this.#catalogue, [name], ranks) !== "string");
    }
  }
}

/** The best version of each that can run; or the first name of which none can. */
function rootsOf(catalogue: Catalogue, wanted: readonly string[], ranks: Int32Array): GraphNode[] | string {
  const roots: GraphNode[] = [];
  for (const name of wanted) {
    const root = catalogue.versionsOf(name).find(({ index }) => ranks[index]! >= 0);
    if (root === undefined) return name;
    roots.push(root);
  }
  return roots;
}

/** The best version of each, of names that all have one that can run. */
export function possibleRoots(catalogue: Catalogue, wanted: readonly string[], ranks: Int32Array): GraphNode[] {
  const roots = rootsOf(catalogue, wanted, ranks);
  return typeof roots === "string" ? [] : roots;
}

/** What runs is in the order of what is wanted. */
function byImportance(binding: Binding, one: GraphNode, other: GraphNode): [more: GraphNode, less: GraphNode] {
  for (const node of binding.keys()) {
    if (node === one) return [one, other];
    if (node === other) break;
  }
  return [other, one];
}
