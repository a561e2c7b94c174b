import type { Hook } from "./hook.ts";

type Ordered = Pick<Hook<never, unknown>, "plugin" | "contribution" | "priority">;

/**
 * The order in which hooks have their turn, the same at every start: by priority, the higher first; then whoever is needed before whoever
 * needs it; then by name.
 *
 * @param plugins in the order of a start, those that others need first.
 */
export function orderHooks<H extends Ordered>(hooks: Iterable<H>, plugins: readonly string[]): H[] {
  const places = new Map(plugins.map((plugin, at) => [plugin, at]));
  const placeOf = ({ plugin }: H): number => places.get(plugin) ?? plugins.length;
  return [...hooks].sort(
    (a, b) => b.priority - a.priority || placeOf(a) - placeOf(b) || compare(a.contribution, b.contribution),
  );
}

/** By code points: the language of the machine has no say in it. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
