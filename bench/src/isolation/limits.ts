import { type BenchResult, runAlone } from "../frame.ts";
import { measureCpu } from "./limits/cpu.ts";
import { measureDisk } from "./limits/disk.ts";
import { measureMemory } from "./limits/memory.ts";
import { measureRest } from "./limits/rest.ts";
import { Surroundings } from "./limits/surroundings.ts";

/** How exactly the limits of processes hold, by control groups and without, and what the governor costs. */
export async function run(): Promise<BenchResult> {
  await using surroundings = await Surroundings.open();
  const rows = [
    ...(await measureRest(surroundings)),
    ...(await measureCpu(surroundings)),
    ...(await measureMemory(surroundings)),
    ...(await measureDisk(surroundings)),
  ];
  const groups = surroundings.cgroups?.mechanism ?? "no control groups";
  const where = surroundings.sandbox.length > 0 ? "under bubblewrap" : "without a sandbox";
  return { title: `Limits of processes, ${where}, ${groups}`, rows };
}

if (import.meta.main) await runAlone(run);
