import type { Manifest } from "@berth/contract";

/** A plugin as far as it needs others. */
export interface Dependent {
  readonly name: string;
  readonly manifest: Pick<Manifest, "dependencies">;
}

/** The plugins that cannot work without `name`, also by way of others; each before those that it needs, the order of a stop. */
export function dependentsOf(name: string, plugins: readonly Dependent[]): string[] {
  const needing = new Map<string, string[]>();
  for (const plugin of plugins) {
    for (const needed of Object.keys(plugin.manifest.dependencies.requires ?? {})) {
      needing.set(needed, [...(needing.get(needed) ?? []), plugin.name]);
    }
  }
  const seen = new Set([name]);
  const order: string[] = [];
  const visit = (needed: string): void => {
    for (const dependent of needing.get(needed) ?? []) {
      if (seen.has(dependent)) continue;
      seen.add(dependent);
      visit(dependent);
      order.push(dependent);
    }
  };
  visit(name);
  return order;
}
