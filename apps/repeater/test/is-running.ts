import { readFileSync } from "node:fs";

/** Whether a process runs. One that is dead and that nobody has buried does not. */
export function isRunning(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !"ZX".includes(stat.slice(stat.lastIndexOf(")") + 2)[0]!);
  } catch {
    return false;
  }
}
