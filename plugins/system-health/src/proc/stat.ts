/** Time of all processors together since the start, in ticks. */
export interface CpuTime {
  busy: number;
  total: number;
  cpus: number;
}

/** `/proc/stat`: its first line is the sum, one line a processor follows. */
export function parseStat(text: string): CpuTime | undefined {
  const lines = text.split("\n");
  const sum = lines.find((line) => line.startsWith("cpu "));
  // user nice system idle iowait irq softirq steal; guest time stands in user already.
  const ticks = sum?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
  if (ticks.length < 4 || ticks.some((value) => !Number.isFinite(value))) return undefined;
  const total = ticks.reduce((all, value) => all + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  const cpus = lines.filter((line) => /^cpu\d/.test(line)).length;
  return { busy: total - idle, total, cpus: Math.max(1, cpus) };
}
