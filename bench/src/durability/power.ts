import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleChanges, canTrace, runPowerLosses } from "@berth/testing/durability";
import { build } from "esbuild";
import { type BenchResult, runAlone } from "../frame.ts";
import { rowsOf } from "./durability.ts";

/**
 * The same changes, on a disk that loses its power at many moments of a recording of what was written and synced: what was not synced is
 * there or not, in any order, or torn.
 */

const STATES = 1_000;
const SEED = 20_261;
const TITLE = "Acknowledged changes after a loss of power";

export async function run(): Promise<BenchResult> {
  if (!(await canTrace())) return { title: TITLE, rows: [{ name: "needs strace", value: Number.NaN, unit: "" }] };
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-bench-power-"));
  const script = await bundleChanges(folder.path, build);
  const tally = await runPowerLosses({ script, folder: folder.path, states: STATES, seed: SEED });
  return { title: TITLE, rows: rowsOf("losses of power", tally, STATES) };
}

if (import.meta.main) await runAlone(run);
