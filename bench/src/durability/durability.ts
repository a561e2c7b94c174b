import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleChanges, type DurabilityTally, runKillPoints } from "@berth/testing/durability";
import { build } from "esbuild";
import { type BenchResult, type BenchRow, runAlone } from "../frame.ts";

/**
 * What is left of changes that were acknowledged: grants, switches, plugin stores, kept generations with their code and state, and the audit
 * log. A process is killed at each of many points, and the next one goes on where it was.
 */

const KILL_POINTS = 2_000;

export async function run(): Promise<BenchResult> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-bench-durability-"));
  const script = await bundleChanges(folder.path, build);
  const tally = await runKillPoints({ script, folder: folder.path, points: KILL_POINTS, width: 2 });
  return { title: "Acknowledged changes after a kill", rows: rowsOf("kill points", tally, KILL_POINTS) };
}

/** What every kind of end is held to. */
export function rowsOf(what: string, { points, acknowledged, losses }: DurabilityTally, least: number): BenchRow[] {
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
