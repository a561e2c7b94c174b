import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Tier } from "@berth/contract";
import { type BenchResult, type BenchRow, runAlone } from "../frame.ts";
import { oneOf, readOptions, wholeNumber } from "../read-options.ts";
import { measureUnderLoad } from "./under-load.ts";

const TIERS = ["inline", "worker", "process"] as const satisfies Tier[];
const LONGEST_MS = 3_600_000;

/** Reloads under load: `node bench/src/reload/load.ts [--reloads 1000] [--tier worker]`. */
export async function run(): Promise<BenchResult> {
  const { reloads, tier: only } = readOptions({ reloads: wholeNumber(1_000), tier: oneOf(TIERS) });
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
