import { readdir, readFile } from "node:fs/promises";

/** The variable by which a program, and all that it starts, can be recognised. */
export const MARK_VARIABLE = "BERTH_EXEC";

/** Each round may find what the processes of the round before had just started. */
const MOST_ROUNDS = 10;

/**
 * Kills every process whose environment carries a mark that begins so: those that left their process group (a daemon does) still
 * have the environment they were started with. Linux alone shows it; elsewhere such a process gets away.
 */
export async function killMarked(mark: string): Promise<void> {
  if (process.platform !== "linux") return;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = await markedProcesses(mark);
    if (found.length === 0) return;
    for (const pid of found) signalProcess(pid, "SIGKILL");
  }
}

/** Sends a signal to a process, or with a negative number to a group; whether there was any. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function markedProcesses(mark: string): Promise<number[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
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
