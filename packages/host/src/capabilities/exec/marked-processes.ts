import { readFile } from "node:fs/promises";
import { type Clock, sleep } from "@berth/base";
import { processIds, signalProcess } from "./process-group.ts";

/** The variable by which a program, and all that it starts, can be recognised. */
export const MARK_VARIABLE = "BERTH_EXEC";

/** Each look may find what the processes of the last one had just started, or have not yet stopped being. */
const MOST_LOOKS = 50;
const LOOK_EVERY_MS = 10;

/**
 * Kills every process whose environment carries a mark that begins so: those that left their process group (a daemon does) still
 * have the environment they were started with. Linux alone shows it; elsewhere such a process gets away.
 */
export async function killMarked(mark: string, clock: Clock): Promise<void> {
  if (process.platform !== "linux") return;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const found = await markedProcesses(mark);
    if (found.length === 0) return;
    for (const pid of found) signalProcess(pid, "SIGKILL");
    await sleep(clock, LOOK_EVERY_MS);
  }
}

async function markedProcesses(mark: string): Promise<number[]> {
  const names = await processIds();
  const marked = await Promise.all(names.map(async (name) => ((await isMarked(name, mark)) ? [Number(name)] : [])));
  return marked.flat().filter((pid) => pid !== process.pid);
}

async function isMarked(pid: string, mark: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1"); // empty for one that is dead but not buried
    return `\0${environment}`.includes(`\0${MARK_VARIABLE}=${mark}`);
  } catch {
    return false; // gone, or another user's
  }
}
