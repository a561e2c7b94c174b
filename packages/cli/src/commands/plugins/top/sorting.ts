import type { PluginUsageView } from "@berth/control";

/** By what the table can be sorted, with the key for it. */
export const SORTINGS = {
  cpu: { key: "c", of: ({ cpuPercent }) => cpuPercent },
  memory: { key: "m", of: ({ memoryMb }) => memoryMb },
  rate: { key: "r", of: ({ callsPerSecond }) => callsPerSecond },
  errors: { key: "e", of: ({ errorsPerSecond, errors }) => errorsPerSecond || (errors ?? 0) / 1e9 },
  latency: { key: "l", of: ({ p99Ms }) => p99Ms },
  restarts: { key: "s", of: ({ restarts }) => restarts },
  name: { key: "n", of: () => null },
} as const satisfies Record<string, { key: string; of: (usage: PluginUsageView) => number | null }>;

/** One of {@link SORTINGS}. */
export type Sorting = keyof typeof SORTINGS;

/** Is it one? */
export const isSorting = (text: string): text is Sorting => Object.hasOwn(SORTINGS, text);

/** Which sorting a key means, if any. */
export function sortingFor(key: string): Sorting | undefined {
  return (Object.keys(SORTINGS) as Sorting[]).find((name) => SORTINGS[name].key === key);
}

/** The most first; what is not known last, those that run before those that rest, and else by name. */
export function sorted(plugins: readonly PluginUsageView[], by: Sorting): PluginUsageView[] {
  const { of } = SORTINGS[by];
  const figure = (usage: PluginUsageView): number => of(usage) ?? -1;
  const rests = ({ state }: PluginUsageView): number => (state === "unloaded" ? 1 : 0);
  const byName = (a: PluginUsageView, b: PluginUsageView): number => (a.plugin < b.plugin ? -1 : 1);
  return plugins.toSorted((a, b) => (by === "name" ? 0 : figure(b) - figure(a) || rests(a) - rests(b)) || byName(a, b));
}
