import { execFile } from "node:child_process";
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BenchResult, type BenchRow, quantile, runAlone } from "./frame.ts";
import type { WatchMeasurement, Way } from "./watching/probe.ts";

const COUNT = 1_000;
const ROUNDS = 9;
const WAYS: readonly Way[] = ["bare", "recursive", "berth", "settled", "fallback"];
const MOST_READY_MS = 100;
const MOST_MB = 5;

/**
 * Watching 1,000 plugin folders: Berth's watcher beside the least there is, one `fs.watch` a folder, and one recursive `fs.watch` for
 * all, each in a fresh process, in turn. Berth's also looks into each folder for folders of code, and at two files of each; by its program
 * where that was built, and by `fs.watch`, as where it was not.
 */
export async function run(): Promise<BenchResult> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-bench-watching-"));
  for (let plugin = 0; plugin < COUNT; plugin++) writePlugin(join(folder.path, `plugin-${plugin}`));
  const found = new Map(WAYS.map((way) => [way, [] as WatchMeasurement[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) found.get(way)!.push(await probe(way, folder.path));
  }
  const median = (way: Way, what: keyof WatchMeasurement): number =>
    quantile(
      found.get(way)!.map((one) => one[what]),
      0.5,
    );
  return { title: `Watching ${COUNT} plugin folders`, rows: rowsOf(median) };
}

function writePlugin(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "plugin.toml"), "[plugin]\n");
  writeFileSync(join(folder, "plugin.ts"), "export default 1;\n");
}

async function probe(way: Way, root: string): Promise<WatchMeasurement> {
  const script = join(import.meta.dirname, "watching/probe.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, way, root, `${COUNT}`], {
    timeout: 30_000,
  });
  return JSON.parse(stdout) as WatchMeasurement;
}

function rowsOf(median: (way: Way, what: keyof WatchMeasurement) => number): BenchRow[] {
  const row = (name: string, way: Way, what: keyof WatchMeasurement, unit: string, most?: number): BenchRow => {
    const value = median(way, what);
    const ratio = way === "bare" ? {} : { ratio: value / median("bare", what) };
    return {
      name,
      value,
      unit,
      ...ratio,
      ...(most === undefined ? {} : { target: `under ${most} ${unit}`, ok: value < most }),
    };
  };
  return [
    row("ready: one bare fs.watch a folder", "bare", "readyMs", "ms"),
    row("ready: one recursive fs.watch", "recursive", "readyMs", "ms"),
    row("ready: Berth", "berth", "readyMs", "ms", MOST_READY_MS),
    row("ready: Berth, by fs.watch", "fallback", "readyMs", "ms", MOST_READY_MS),
    row("ready: Berth, of that in the host's thread at once", "berth", "busyMs", "ms"),
    row("heap: one bare fs.watch a folder", "bare", "heapMb", "MiB"),
    row("heap: one recursive fs.watch", "recursive", "heapMb", "MiB"),
    row("heap: Berth", "berth", "heapMb", "MiB", MOST_MB),
    row("heap: Berth, by fs.watch", "fallback", "heapMb", "MiB", MOST_MB),
    row("resident: one bare fs.watch a folder", "bare", "rssMb", "MiB"),
    row("resident: one recursive fs.watch", "recursive", "rssMb", "MiB"),
    row("resident: Berth, its program included", "berth", "rssMb", "MiB", MOST_MB),
    row("resident: Berth, by fs.watch", "fallback", "rssMb", "MiB", MOST_MB),
    row("write to told: one bare fs.watch a folder", "bare", "eventMs", "ms"),
    row("write to told: one recursive fs.watch", "recursive", "eventMs", "ms"),
    row("write to told: Berth, without settling", "berth", "eventMs", "ms"),
    row("write to told: Berth, by fs.watch, without settling", "fallback", "eventMs", "ms"),
    row("write to told: Berth, as it is set by default", "settled", "eventMs", "ms"),
  ];
}

if (import.meta.main) await runAlone(run);
