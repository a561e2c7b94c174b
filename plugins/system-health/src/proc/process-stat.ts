/** One process as `/proc/PID/stat` tells it. */
export interface ProcessTime {
  pid: number;
  name: string;
  /** CPU time in ticks since its start. */
  ticks: number;
  /** When it started, ticks after the machine: tells a process from a later one with the same number. */
  startedAt: number;
  /** Pages in memory; their size depends on the machine, so this only ranks. */
  pages: number;
}

/** The name stands in parentheses and may hold anything, parentheses included; the last one closes it. */
export function parseProcessStat(text: string): ProcessTime | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 1 || close < open) return undefined;
  const fields = text
    .slice(close + 2)
    .split(" ")
    .map(Number);
  const [userTicks, systemTicks, startedAt, pages] = [fields[11], fields[12], fields[19], fields[21]];
  const pid = Number(text.slice(0, open).trim());
  if (![pid, userTicks, systemTicks, startedAt, pages].every(Number.isFinite)) return undefined;
  const name = text.slice(open + 1, close).slice(0, 60);
  return { pid, name, ticks: userTicks! + systemTicks!, startedAt: startedAt!, pages: Math.max(0, pages!) };
}

/** Bytes in memory by `/proc/PID/status`; a thread of the kernel has no such line. */
export function parseResidentBytes(status: string): number | undefined {
  const found = /^VmRSS:\s+(\d{1,15}) kB/m.exec(status)?.[1];
  return found === undefined ? undefined : Number(found) * 1_024;
}
