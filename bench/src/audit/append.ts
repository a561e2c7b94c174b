import { closeSync, fdatasync, openSync, writeSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { promisify } from "node:util";
import { systemClock } from "@berth/base";
import { openStorage, type Storage } from "@berth/storage";
import { type BenchResult, type BenchRow, interleaved, quantile, runAlone } from "../frame.ts";

/**
 * Records of the audit log, each of which is on the disk when it is acknowledged: one at a time, and many that share a sync. The limit is a
 * bare file to which lines of the same length are appended, 64 of them for a sync, by the same calls and in the same run.
 */

const ONE_BY_ONE = 1_000;
const RECORDS = 40_000;
const GROUP = 64;
/** Two groups: one is made while the other is synced. */
const WAITING = 2 * GROUP;
const ROUNDS = 5;

const syncData = promisify(fdatasync);
const entry = (n: number) => ({
  kind: "permission.denied",
  plugin: "weather",
  details: { instance: "weather_home", capability: "fetch", what: "GET https://api.example.org:443", n },
});

export async function run(): Promise<BenchResult> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-bench-audit-"));
  await using storage = openStorage({ path: join(folder.path, "berth.sqlite"), clock: systemClock });
  const latencies = await oneByOne(storage);
  const line = `${JSON.stringify(storage.audit.list({ limit: 1 })[0])},"hash":"${"0".repeat(64)}"}\n`;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let file = 0;
  const rates = await interleaved(ROUNDS, {
    bare: () => bareFile(join(folder.path, `bare-${file++}`), line),
    audit: async () => {
      delay.enable();
      const rate = await grouped(storage);
      delay.disable();
      return rate;
    },
  });
  const p99 = quantile(latencies, 0.99);
  const ratio = rates.audit / rates.bare;
  const rows: BenchRow[] = [
    { name: "one synced record at a time, median", value: quantile(latencies, 0.5), unit: "ms" },
    { name: "one synced record at a time, 99 of 100", value: p99, unit: "ms", target: "<= 2 ms", ok: p99 <= 2 },
    { name: `a bare file, ${GROUP} lines a sync`, value: rates.bare, unit: "/s" },
    {
      name: `audit log, ${WAITING} waiting`,
      value: rates.audit,
      unit: "/s",
      target: ">= 50,000 /s",
      ok: rates.audit >= 50_000,
    },
    { name: "audit log to the bare file", value: rates.audit, unit: "/s", ratio, target: ">= 0.5", ok: ratio >= 0.5 },
    { name: "event loop held meanwhile, 99 of 100", value: delay.percentile(99) / 1e6, unit: "ms" },
  ];
  return { title: "Audit log: records that are synced before they are acknowledged", rows };
}

async function oneByOne({ audit }: Storage): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < ONE_BY_ONE; n++) {
    const startedMs = performance.now();
    await audit.append(entry(n));
    times.push(performance.now() - startedMs);
  }
  return times;
}

async function grouped({ audit }: Storage): Promise<number> {
  let next = 0;
  const startedMs = performance.now();
  const work = async (): Promise<void> => {
    while (next < RECORDS) await audit.append(entry(next++));
  };
  await Promise.all(Array.from({ length: WAITING }, work));
  return (RECORDS / (performance.now() - startedMs)) * 1_000;
}

async function bareFile(path: string, line: string): Promise<number> {
  const file = openSync(path, "w");
  const group = Buffer.from(line.repeat(GROUP));
  const startedMs = performance.now();
  for (let written = 0; written < RECORDS; written += GROUP) {
    writeSync(file, group);
    await syncData(file);
  }
  const rate = (RECORDS / (performance.now() - startedMs)) * 1_000;
  closeSync(file);
  return rate;
}

if (import.meta.main) await runAlone(run);
