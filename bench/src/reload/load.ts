import { parseArgs } from "node:util";
import type { Tier } from "@berth/contract";
import { type BenchResult, runAlone } from "../frame.ts";
import { measureUnderLoad } from "./under-load.ts";

/** Reloads under load: `node bench/src/reload/load.ts [--reloads 1000] [--tier worker]`. */
const { values } = parseArgs({
  options: { reloads: { type: "string", default: "1000" }, tier: { type: "string" }, json: { type: "boolean" } },
  // The table of all benchmarks passes its name.
  strict: false,
});

const TIERS: readonly Tier[] = ["inline", "worker", "process"];

export async function run(): Promise<BenchResult> {
  const reloads = Number(values.reloads);
  const rows = [];
  for (const tier of TIERS) {
    if (values.tier === undefined || values.tier === tier) rows.push(...(await measureUnderLoad(tier, reloads)));
  }
  return { title: `${reloads} reloads of a plugin with state, called 1,000 times a second`, rows };
}

if (import.meta.main) await runAlone(run);
