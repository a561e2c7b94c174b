import { readdirSync, readFileSync } from "node:fs";

/**
 * Kills the children that this process still has: what plugins left running, or what a thread that hangs is waiting for. Only where the
 * system tells who they are, which is Linux.
 */
export function endChildren(): void {
  for (const pid of childrenOfThisProcess()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

function childrenOfThisProcess(): number[] {
  try {
    const tasks = readdirSync("/proc/self/task");
    const lists = tasks.map((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8"));
    return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
  }
}
