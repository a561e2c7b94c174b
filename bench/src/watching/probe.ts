import { appendFileSync, readFileSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { systemClock } from "@berth/base";
import { PluginWatcher, type PluginWatcherOptions } from "@berth/kernel/watch";
import { quantile } from "../frame.ts";

/** What one process found out about one way of watching. */
export interface WatchMeasurement {
  /** What of it keeps the thread. */
  busyMs: number;
  /** Until all is watched. */
  readyMs: number;
  heapMb: number;
  rssMb: number;
  /** From the write to being told, median. */
  eventMs: number;
}

/**
 * `bare`: one `fs.watch` a folder. `recursive`: one for all. `berth`: the watcher; `settled`: as it is set by default. `fallback`: the
 * watcher where its program is not there.
 */
export type Way = "bare" | "recursive" | "berth" | "settled" | "fallback";

const EVENTS = 60;
const MIB = 2 ** 20;

/** Starts watching; `tell` is called with the folder's name. A promise resolves when all is watched. */
const WAYS: Record<
  Way,
  (root: string, folders: readonly string[], tell: (name: string) => void) => void | Promise<void>
> = {
  bare(_root, folders, tell) {
    for (const folder of folders) watch(folder, () => tell(basename(folder)));
  },
  recursive(root, _folders, tell) {
    watch(root, { recursive: true }, (_type, name) => tell(String(name).split("/")[0]!));
  },
  berth: (_root, folders, tell) => watchPlugins(folders, tell, { settleMs: 0 }),
  settled: (_root, folders, tell) => watchPlugins(folders, tell, {}),
  fallback: (_root, folders, tell) => watchPlugins(folders, tell, { settleMs: 0, findProgram: () => undefined }),
};

function watchPlugins(
  folders: readonly string[],
  tell: (name: string) => void,
  options: Pick<PluginWatcherOptions, "settleMs" | "findProgram">,
): Promise<void> {
  const watcher = new PluginWatcher({
    clock: systemClock,
    onDidChange: tell,
    onError(error) {
      throw error;
    },
    ...options,
  });
  for (const folder of folders) watcher.watch(basename(folder), folder, { files: ["plugin.toml", "plugin.ts"] });
  return watcher.ready;
}

async function measure(way: Way, root: string, folders: readonly string[]): Promise<WatchMeasurement> {
  let told = (_name: string): void => undefined;
  const before = memory();
  const startedMs = performance.now();
  const watching = WAYS[way](root, folders, (name) => told(name));
  const busyMs = performance.now() - startedMs;
  await watching;
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
  return { busyMs, readyMs, heapMb, rssMb, eventMs: quantile(times, 0.5) };
}

/** Resident with that of the processes that were started. */
function memory(): { heap: number; rss: number } {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: (heapUsed + external) / MIB, rss: ownMb() + childrenMb() };
}

/** Without the pages of Node.js itself, which all its processes share: now these are in memory and now those, whatever they do. */
function ownMb(): number {
  if (process.platform !== "linux") return process.memoryUsage().rss / MIB;
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1_024;
}

function childrenMb(): number {
  if (process.platform !== "linux") return 0;
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean);
  const kib = (pid: string): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return children.reduce((sum, pid) => sum + kib(pid) / 1_024, 0);
}

const [way, root = "", count] = process.argv.slice(2);
const folders = Array.from({ length: Number(count) }, (_, i) => join(root, `plugin-${i}`));
const result = await measure(way as Way, root, folders);
process.stdout.write(JSON.stringify(result), () => process.exit());
