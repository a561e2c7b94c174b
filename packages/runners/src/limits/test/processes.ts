import { readdirSync, readFileSync } from "node:fs";
import { parseProcessStat, type ProcessStat } from "../process-stat.ts";

/** What /proc tells of a process now; undefined when it is gone or a zombie. */
export function statOf(pid: number): ProcessStat | undefined {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return stat?.isDead === true ? undefined : stat;
  } catch {
    return undefined;
  }
}

/** Every living process that `marker` stands in the command line of. */
export function processesNamed(marker: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) && pid !== process.pid && commandOf(pid).includes(marker) && statOf(pid) ? [pid] : [];
  });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
