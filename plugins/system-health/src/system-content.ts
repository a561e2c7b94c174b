import type { Headline, Series, SignageContent, Stat, Table } from "@berth/sdk";
import { diskShare, type Figures, memoryShare, type ProcessUse } from "./figures.ts";
import { bytes, bytesText, lasting, percent } from "./format.ts";
import type { Sample } from "./history.ts";
import { figureLevels, judge, levelOf, type Thresholds } from "./judge.ts";
import type { TimeLabels } from "./time-labels.ts";

/** How it is to be shown. */
export interface SystemView {
  title: string | undefined;
  labels: TimeLabels;
  thresholds: Thresholds;
  /** Rows of each table. */
  rows: number;
  now: number;
}

const ACCENTS = { ok: "#34d399", warn: "#fbbf24", bad: "#f87171", unknown: "#94a3b8" } as const;
const MOST_DISKS = 6;
const MOST_SENSORS = 3;

/** What is shown of a machine. */
export function systemContent(figures: Figures, samples: readonly Sample[], view: SystemView): SignageContent {
  const status = judge(figures, view.thresholds);
  const { missing } = figures;
  return {
    title: view.title ?? figures.hostname,
    subtitle: figures.system,
    lines: lines(figures, status.text),
    ...headline(figures),
    stats: stats(figures, view),
    series: series(samples, figures, view),
    tables: tables(figures.processes, view.rows),
    status,
    accent: ACCENTS[status.level],
    layout: "modern_system",
    backgroundQuery: "system",
    observedAt: new Date(view.now).toISOString(),
    credit: "This machine",
    ...(missing.length > 0 ? { notice: `Not available here: ${missing.join(", ")}` } : {}),
  };
}

function headline({ cpu, cpus, load, memory }: Figures): { headline?: Headline } {
  const caption = load ? `${cpus} cores, load ${load[0].toFixed(2)}` : `${cpus} cores`;
  if (cpu !== undefined)
    return { headline: { value: whole(cpu), unit: "%", caption: `CPU · ${caption}`, icon: "cpu" } };
  const used = memoryShare(memory);
  if (used === undefined) return {};
  return { headline: { value: whole(used), unit: "%", caption: `Memory · ${caption}`, icon: "memory-stick" } };
}

function stats(figures: Figures, { thresholds }: SystemView): Stat[] {
  const { cpu, memory, swap, load, network, uptimeSeconds, cpus } = figures;
  const levels = figureLevels(figures, thresholds);
  const memoryUsed = memoryShare(memory);
  const found: (Stat | undefined)[] = [
    cpu === undefined
      ? undefined
      : { label: "CPU", icon: "cpu", value: whole(cpu), unit: "%", level: thousandth(cpu), status: levels.cpu },
    memory && memoryUsed !== undefined
      ? {
          label: `Memory, ${bytesText(memory.total)}`,
          icon: "memory-stick",
          value: whole(memoryUsed),
          unit: "%",
          level: thousandth(memoryUsed),
          status: levels.memory,
        }
      : undefined,
    ...figures.disks.slice(0, MOST_DISKS).map((disk) => diskStat(disk, thresholds)),
    swap && gauge(`Swap, ${bytesText(swap.total)}`, "arrow-left-right", 1 - swap.free / swap.total),
    load && {
      label: "Load, 1 min",
      icon: "activity",
      value: load[0].toFixed(2),
      level: thousandth(Math.min(1, load[0] / cpus)),
      status: levels.load,
    },
    network && { label: "Received", icon: "download", ...rate(network.received) },
    network && { label: "Sent", icon: "upload", ...rate(network.sent) },
    uptimeSeconds === undefined ? undefined : { label: "Up for", icon: "clock", value: lasting(uptimeSeconds) },
    ...figures.temperatures.slice(0, MOST_SENSORS).map(({ label, celsius }): Stat => ({
      label,
      icon: "thermometer",
      value: celsius.toFixed(0),
      unit: "°C",
      status: levelOf(celsius, thresholds.temperature),
    })),
  ];
  return found.filter((entry) => entry !== undefined);
}

function diskStat(disk: Figures["disks"][number], { disk: band }: Thresholds): Stat {
  const used = diskShare(disk);
  const label = `Disk ${disk.mount}, ${bytesText(disk.available)} free`;
  return { ...gauge(label, "hard-drive", used), status: levelOf(used, band) };
}

function gauge(label: string, icon: string, share: number): Stat {
  return { label, icon, value: whole(share), unit: "%", level: thousandth(share) };
}

function rate(perSecond: number): { value: string; unit: string } {
  const { value, unit } = bytes(perSecond);
  return { value, unit: `${unit}/s` };
}

function series(samples: readonly Sample[], { cpus }: Figures, { labels }: SystemView): Series[] {
  const spanMs = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
  const points = (pick: (sample: Sample) => number | null): Series["points"] =>
    withGaps(samples).map((sample) => ({ at: labels.label(sample.at, spanMs), value: pick(sample) }));
  const all: Series[] = [
    { label: "CPU", kind: "area", unit: "%", points: points(({ cpu }) => hundred(cpu)) },
    { label: "Memory", kind: "area", unit: "%", points: points(({ memory }) => hundred(memory)) },
    { label: "Load", kind: "line", points: points(({ load }) => load), baseline: cpus },
  ];
  return all.filter(({ points: own }) => own.filter(({ value }) => value !== null).length > 1);
}

/** Where the host was off for a while the line must break: an empty sample goes where one is missed by far. */
function withGaps(samples: readonly Sample[]): Sample[] {
  const steps = samples.slice(1).map(({ at }, index) => at - samples[index]!.at);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  return samples
    .flatMap((sample, index) => {
      const isLate = index > 0 && steps.length > 2 && steps[index - 1]! > 3 * usual;
      const gap = { at: sample.at - usual, cpu: null, memory: null, load: null };
      return isLate ? [gap, sample] : [sample];
    })
    .slice(-2_000);
}

function tables(processes: readonly ProcessUse[], rows: number): Table[] {
  if (processes.length === 0) return [];
  const table = (title: string, key: "memory" | "cpu"): Table => ({
    title,
    columns: ["Process", "CPU", "Memory"],
    rows: processes
      .toSorted((a, b) => b[key] - a[key])
      // A thread of the kernel has no memory of its own, and no name that says anything on a wall.
      .filter((process) => process[key] > 0 && process.memory > 0)
      .slice(0, rows)
      .map(({ name, count, cpu, memory }) => [
        count > 1 ? `${name} × ${count}` : name,
        percent(cpu),
        bytesText(memory),
      ]),
  });
  return [table("Most memory", "memory"), table("Most CPU", "cpu")].filter((found) => found.rows.length > 0);
}

function lines(figures: Figures, judgement: string): string[] {
  const { cpu, cpus, memory, load, network, uptimeSeconds } = figures;
  const found = [
    judgement,
    cpu !== undefined && `CPU ${percent(cpu)} of ${cpus} cores`,
    memory && `Memory ${percent(memoryShare(memory) ?? 0)} of ${bytesText(memory.total)}`,
    ...figures.disks
      .slice(0, MOST_DISKS)
      .map((disk) => `Disk ${disk.mount} ${percent(diskShare(disk))} full, ${bytesText(disk.available)} free`),
    load && `Load ${load.map((value) => value.toFixed(2)).join(" ")}`,
    network && `Network ${bytesText(network.received)}/s in, ${bytesText(network.sent)}/s out`,
    ...figures.temperatures.slice(0, MOST_SENSORS).map(({ label, celsius }) => `${label} ${celsius.toFixed(0)} °C`),
    uptimeSeconds !== undefined && `Up for ${lasting(uptimeSeconds)}`,
  ];
  return found.filter((line) => typeof line === "string");
}

const whole = (share: number): string => String(Math.round(share * 100));
const thousandth = (share: number): number => Math.round(share * 1_000) / 1_000;
const hundred = (share: number | null): number | null => (share === null ? null : Math.round(share * 1_000) / 10);
