import type { GraphNode } from "./catalogue.ts";

/**
 * Finds what can run. Who waits for whom is laid out once in arrays of numbers, since around conflicts it is asked again and again
 * of thousands of versions.
 */
export class Satisfier {
  readonly #nodes: readonly GraphNode[];
  /** Whose need it is, by the number of the need. */
  readonly #owners: Int32Array;
  /** The needs that each node fits, one after another, and where those of each node end. */
  readonly #waiting: Int32Array;
  readonly #ends: Int32Array;

  constructor(nodes: readonly GraphNode[]) {
    const needs = nodes.flatMap((node) => node.needs.map(({ fitting }) => ({ owner: node.index, fitting })));
    this.#nodes = nodes;
    this.#owners = Int32Array.from(needs, ({ owner }) => owner);
    this.#ends = new Int32Array(nodes.length);
    for (const { fitting } of needs) for (const { index } of fitting) this.#ends[index]!++;
    for (let at = 1; at < nodes.length; at++) this.#ends[at]! += this.#ends[at - 1]!;
    this.#waiting = new Int32Array(this.#ends.at(-1) ?? 0);
    const free = this.#ends.slice();
    needs.forEach(({ fitting }, need) => {
      for (const { index } of fitting) this.#waiting[--free[index]!] = need;
    });
  }

  /**
   * What can run when `excluded` cannot, conflicts aside: a number for each node, `-1` for one that cannot. For each of its needs a node
   * comes after one that fits, so whatever has a number can be started from the ground up, and nodes that only have each other have none.
   */
  ranks(excluded: ReadonlySet<GraphNode>): Int32Array {
    const ranks = new Int32Array(this.#nodes.length).fill(-1);
    const unmet = Int32Array.from(this.#nodes, ({ needs }) => needs.length);
    const isMet = new Uint8Array(this.#owners.length);
    const queue = new Int32Array(this.#nodes.length);
    let length = 0;
    for (const { index, faults } of this.#nodes) if (faults.length > 0) unmet[index] = -1;
    for (const { index } of excluded) unmet[index] = -1;
    for (const { index } of this.#nodes) if (unmet[index] === 0) queue[length++] = index;
    for (let rank = 0; rank < length; rank++) {
      const node = queue[rank]!;
      ranks[node] = rank;
      for (let at = this.#ends[node - 1] ?? 0; at < this.#ends[node]!; at++) {
        const need = this.#waiting[at]!;
        const owner = this.#owners[need]!;
        if (isMet[need] === 1 || unmet[owner]! < 0) continue;
        isMet[need] = 1;
        if (--unmet[owner]! === 0) queue[length++] = owner;
      }
    }
    return ranks;
  }
}
