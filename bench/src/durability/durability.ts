import { mkdir, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bundleChanges,
  canTrace,
  type DurabilityTally,
  runKillPoints,
  runPowerLosses,
} from "@berth/testing/durability";
import { build } from "esbuild";
import { type BenchResult, type BenchRow, runAlone } from "../frame.ts";

/**
 * What is left of changes that were acknowledged: grants, switches, plugin stores, kept generations with their code and state, and the audit
 * log. A process is killed at each of many points; and the power goes at many moments of a recording of what was written and synced.
 */

const KILL_POINTS = 2_000;
const STATES = 1_000;
const SEED = 20_261;

export async function run(): Promise<BenchResult> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-bench-durability-"));
  const [kills, powers] = [join(folder.path, "kills"), join(folder.path, "powers")];
  for (const path of [kills, powers]) await mkdir(path);
  const script = await bundleChanges(folder.path, build);
  const rows: BenchRow[] = [
    ...rowsOf(
      "kill points",
      await runKillPoints({ script, folder: kills, points: KILL_POINTS, width: 2 }),
      KILL_POINTS,
    ),
  ];
  if (await canTrace())
    rows.push(
      ...rowsOf(
        "losses of power",
        await runPowerLosses({ script, folder: powers, states: STATES, seed: SEED }),
        STATES,
      ),
    );
  else rows.push({ name: "losses of power: needs strace", value: Number.NaN, unit: "" });
  return { title: "Acknowledged changes after a kill, and after a loss of power", rows };
}

function rowsOf(what: string, { points, acknowledged, losses }: DurabilityTally, least: number): BenchRow[] {
  for (const loss of losses.slice(0, 20)) console.error(loss);
  return [
    { name: `${what} tried`, value: points, unit: "", target: `>= ${least}`, ok: points >= least },
    { name: "numbers acknowledged and looked for, five changes each", value: acknowledged, unit: "" },
    {
      name: "lost, damaged, or found by nobody's order",
      value: losses.length,
      unit: "",
      target: "0",
      ok: losses.length === 0,
    },
  ];
}

if (import.meta.main) await runAlone(run);
