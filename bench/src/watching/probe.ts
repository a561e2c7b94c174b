import { appendFileSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { systemClock } from "@berth/base";
import { PluginWatcher } from "@berth/kernel/watch";
import { quantile } from "../frame.ts";

/** What one process found out about one way of watching. */
export interface WatchMeasurement {
  readyMs: number;
  heapMb: number;
  rssMb: number;
  /** From the write to being told, median. */
  eventMs: number;
}

/** `bare`: one `fs.watch` a folder. `recursive`: one for all. `berth`: the watcher; `settled`: as it is set by default. */
export type Way = "bare" | "recursive" | "berth" | "settled";

const EVENTS = 60;
const MIB = 2 ** 20;

/** Starts watching; `tell` is called with the folder's name. */
const WAYS: Record<Way, (root: string, folders: readonly string[], tell: (name: string) => void) => void> = {
  bare(_root, folders, tell) {
    for (const folder of folders) watch(folder, () => tell(basename(folder)));
  },
  recursive(root, _folders, tell) {
    watch(root, { recursive: true }, (_type, name) => tell(String(name).split("/")[0]!));
  },
  berth: (_root, folders, tell) => watchPlugins(folders, tell, 0),
  settled: (_root, folders, tell) => watchPlugins(folders, tell, undefined),
};

function watchPlugins(folders: readonly string[], tell: (name: string) => void, settleMs: number | undefined): void {
  const watcher = new PluginWatcher({
    clock: systemClock,
    onDidChange: tell,
    onError(error) {
      throw error;
    },
    ...(settleMs === undefined ? {} : { settleMs }),
  });
  for (const folder of folders) watcher.watch(basename(folder), folder, { files: ["plugin.toml", "plugin.ts"] });
}

async function measure(way: Way, root: string, folders: readonly string[]): Promise<WatchMeasurement> {
  let told = (_name: string): void => undefined;
  const before = memory();
  const startedMs = performance.now();
  WAYS[way](root, folders, (name) => told(name));
  const readyMs = performance.now() - startedMs;
  const after = memory();
  const times: number[] = [];
  for (let event = 0; event < EVENTS; event++) {
    const folder = folders[(event * 37) % folders.length]!;
    await new Promise((resolve) => setTimeout(resolve, 15));
    const { promise, resolve } = Promise.withResolvers<void>();
    told = (name) => name === basename(folder) && resolve();
    const writtenMs = performance.now();
    appendFileSync(join(folder, "plugin.ts"), "\n");
    await promise;
    times.push(performance.now() - writtenMs);
  }
  const [heapMb, rssMb] = [after.heap - before.heap, after.rss - before.rss];
  return { readyMs, heapMb, rssMb, eventMs: quantile(times, 0.5) };
}

function memory(): { heap: number; rss: number } {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: (heapUsed + external) / MIB, rss: rss / MIB };
}

const [way, root = "", count] = process.argv.slice(2);
const folders = Array.from({ length: Number(count) }, (_, i) => join(root, `plugin-${i}`));
const result = await measure(way as Way, root, folders);
process.stdout.write(JSON.stringify(result), () => process.exit());
