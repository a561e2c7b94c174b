import type { NextRun, SchedulerInstance } from "@berth/sdk";

/** How busy a machine is. */
export interface Load {
  /** Of all processors since the last look, hundredths; absent at the first. */
  cpuPercent?: number;
  /** In use, hundredths. */
  memoryPercent: number;
  /** Processes that ran or waited, the mean of a minute; absent where the system does not tell. */
  load1?: number;
}

/** What a {@link LoadInterval} aims at. */
export interface LoadIntervalOptions {
  baseMs: number;
  targets: { cpuPercent: number; memoryPercent: number; load1: number };
  look: () => Promise<Load>;
}

/** The interval is between a tenth of the base and ten times it. */
const MOST_FACTOR = 10;

/** The base interval times how far the busiest of processor, memory and load is from its target. */
export class LoadInterval implements SchedulerInstance {
  readonly #options: LoadIntervalOptions;

  constructor(options: LoadIntervalOptions) {
    this.#options = options;
  }

  async next(last: unknown): Promise<NextRun> {
    const { baseMs, targets, look } = this.#options;
    const { cpuPercent, memoryPercent, load1 } = await look();
    if (last === undefined) return { delayMs: 0 };
    const shares = [
      cpuPercent === undefined ? 0 : cpuPercent / targets.cpuPercent,
      memoryPercent / targets.memoryPercent,
      load1 === undefined ? 0 : load1 / targets.load1,
    ];
    const factor = Math.min(Math.max(...shares, 1 / MOST_FACTOR), MOST_FACTOR);
    return { delayMs: baseMs * factor, note: noteOf(baseMs * factor, { cpuPercent, memoryPercent, load1 }) };
  }
}

function noteOf(delayMs: number, load: Record<keyof Load, number | undefined>): string {
  const { cpuPercent, memoryPercent, load1 } = load;
  const parts = [
    ...(cpuPercent === undefined ? [] : [`processor ${Math.round(cpuPercent)} %`]),
    `memory ${Math.round(memoryPercent ?? 0)} %`,
    ...(load1 === undefined ? [] : [`load ${load1.toFixed(2)}`]),
  ];
  return `every ${Math.round(delayMs)} ms; ${parts.join(", ")}`;
}
