import type { Status, StatusLevel } from "@berth/sdk";
import { diskShare, type Figures, memoryShare } from "./figures.ts";
import { percent } from "./format.ts";

/** From which share on something needs a look, and from which it is broken. */
export interface Thresholds {
  disk: Band;
  memory: Band;
  /** Degrees Celsius. */
  temperature: Band;
}

/** Two steps of worry. */
export interface Band {
  warn: number;
  bad: number;
}

/** Above this many waiting processes a core the machine does not keep up. */
const LOAD_PER_CPU: Band = { warn: 1.5, bad: 4 };
const CPU: Band = { warn: 0.95, bad: Infinity };

/** How worrying a figure is. */
export function levelOf(value: number | undefined, { warn, bad }: Band): StatusLevel {
  if (value === undefined) return "unknown";
  return value >= bad ? "bad" : value >= warn ? "warn" : "ok";
}

/** Levels of the single figures, for their gauges. */
export function figureLevels(figures: Figures, { memory }: Thresholds): Record<"cpu" | "memory" | "load", StatusLevel> {
  return {
    cpu: levelOf(figures.cpu, CPU),
    memory: levelOf(memoryShare(figures.memory), memory),
    load: levelOf(figures.load && figures.load[0] / figures.cpus, LOAD_PER_CPU),
  };
}

/** The judgement over the whole: the worst of its parts, which are named. */
export function judge(figures: Figures, thresholds: Thresholds): Status {
  const levels = figureLevels(figures, thresholds);
  const found: [StatusLevel, string][] = [
    ...figures.disks.map((disk): [StatusLevel, string] => [
      levelOf(diskShare(disk), thresholds.disk),
      `Disk ${disk.mount} ${percent(diskShare(disk))} full`,
    ]),
    [levels.memory, `Memory ${percent(memoryShare(figures.memory) ?? 0)} used`],
    [levels.load, `Load ${figures.load?.[0].toFixed(1)} on ${figures.cpus} cores`],
    [levels.cpu, `CPU ${percent(figures.cpu ?? 0)} busy`],
    ...figures.temperatures.map(({ label, celsius }): [StatusLevel, string] => [
      levelOf(celsius, thresholds.temperature),
      `${label} ${celsius.toFixed(0)} °C`,
    ]),
  ];
  const bad = found.filter(([level]) => level === "bad");
  const warn = found.filter(([level]) => level === "warn");
  const worst = bad.length > 0 ? bad : warn;
  if (worst.length === 0) return { level: "ok", text: "HEALTHY" };
  const text = worst
    .map(([, words]) => words)
    .slice(0, 3)
    .join(", ");
  return { level: bad.length > 0 ? "bad" : "warn", text };
}
