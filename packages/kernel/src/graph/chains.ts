import type { Catalogue, GraphNode, Need } from "./catalogue.ts";

/** One step of who asks whom: a plugin at a version, or what is asked of it. The first is named alone. */
export interface Link {
  readonly name: string;
  readonly what?: string;
}

export function linkText({ name, what }: Link): string {
  return what === undefined ? name : `${name} ${what}`;
}

/** As `app -> b 2.0.0 -> c ^2`. */
export function links(way: readonly Link[]): string {
  return way.map(linkText).join(" -> ");
}

export function linkOf(need: Need): Link {
  return "service" in need ? { name: "service", what: need.service } : { name: need.name, what: need.range };
}

export function wayOf(path: readonly GraphNode[]): Link[] {
  return path.map(({ plugin: { name, version } }, at) => (at === 0 ? { name } : { name, what: version }));
}

/** The shortest chain from one of `roots` that asks for a version of `name` which is there, to be held against one that is not. */
export function disagreeing(catalogue: Catalogue, name: string, roots: Iterable<string>): Link[] | undefined {
  for (const root of roots) {
    const best = catalogue.versionsOf(root)[0];
    const way =
      best &&
      shortest(best, ({ needs }) =>
        needs.find((need) => "name" in need && need.name === name && need.fitting.length > 0),
      );
    if (way !== undefined) return way;
  }
  return undefined;
}

function shortest(root: GraphNode, found: (node: GraphNode) => Need | undefined): Link[] | undefined {
  const before = new Map<GraphNode, GraphNode | undefined>([[root, undefined]]);
  // A map that grows while it is read.
  for (const [node] of before) {
    const need = found(node);
    if (need !== undefined) return [...wayOf(pathBack(node, before)), linkOf(need)];
    for (const { fitting } of node.needs) {
      const [next] = fitting;
      if (next !== undefined && !before.has(next)) before.set(next, node);
    }
  }
  return undefined;
}

/** The way to `end`, from what it was come to from. */
export function pathBack(end: GraphNode, before: ReadonlyMap<GraphNode, GraphNode | undefined>): GraphNode[] {
  const path: GraphNode[] = [];
  for (let node: GraphNode | undefined = end; node !== undefined; node = before.get(node)) path.unshift(node);
  return path;
}
