import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import type { Tier } from "@berth/contract";
import { type BenchResult, type BenchRow, runAlone } from "../frame.ts";
import { measureUnderLoad } from "./under-load.ts";

/** Reloads under load: `node bench/src/reload/load.ts [--reloads 1000] [--tier worker]`. */
const { values } = parseArgs({
  options: { reloads: { type: "string", default: "1000" }, tier: { type: "string" }, json: { type: "boolean" } },
  // The table of all benchmarks passes its name.
  strict: false,
});

const TIERS: readonly Tier[] = ["inline", "worker", "process"];
const LONGEST_MS = 3_600_000;

export async function run(): Promise<BenchResult> {
  const reloads = Number(values.reloads);
  const only = TIERS.find((tier) => tier === values.tier);
  const rows: BenchRow[] = [];
  if (only) rows.push(...(await measureUnderLoad(only, reloads)));
  else for (const tier of TIERS) rows.push(...(await runApart(tier, reloads)));
  return { title: `${reloads} reloads of a plugin with state, called 1,000 times a second`, rows };
}

/** In a process of its own: what one tier leaves in the heap is not the next one's. */
async function runApart(tier: Tier, reloads: number): Promise<BenchRow[]> {
  const words = [import.meta.filename, "--reloads", String(reloads), "--tier", tier, "--json"];
  // A target that was missed is told by its row.
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: LONGEST_MS }).catch(
    (error: Error & { stdout?: string }) => {
      if (!error.stdout) throw error;
      return { stdout: error.stdout };
    },
  );
  return (JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1)) as BenchResult).rows;
}

if (import.meta.main) await runAlone(run);
