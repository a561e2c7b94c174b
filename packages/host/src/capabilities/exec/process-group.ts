import { readdir, readFile } from "node:fs/promises";

/** Sends a signal to a process, or with a negative number to a group; whether there was any. 0 only asks. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * Whether a process of the group still runs. A dead one whose parent has not buried it (in a container without an init that is for
 * ever) takes signals too; Linux tells the two apart.
 */
export async function isGroupRunning(group: number): Promise<boolean> {
  if (!signalProcess(-group, 0)) return false;
  if (process.platform !== "linux") return true;
  const ids = await processIds();
  const members = await Promise.all(ids.map((id) => isRunningIn(id, group)));
  return members.includes(true);
}

/** The processes of this machine, as the names of their folders in /proc. */
export async function processIds(): Promise<string[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
}

async function isRunningIn(id: string, group: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${id}/stat`, "latin1");
    // After the name, which may hold anything: state, parent, group.
    const [state = "", , of] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(of) === group && !"ZX".includes(state);
  } catch {
    return false; // gone
  }
}
