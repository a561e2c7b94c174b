import { type CallContext, defineSource, fields, pause, type PluginContext, type SourceInstance } from "@berth/sdk";
import type { Figures } from "./figures.ts";
import { History } from "./history.ts";
import { readMachineFigures } from "./machine-figures.ts";
import { type Counters, readCounters, readProc, type Wanted } from "./proc/read-proc.ts";
import { systemContent } from "./system-content.ts";
import { createTimeLabels } from "./time-labels.ts";

const share = { type: "int", min: 1, max: 100 } as const;

const config = fields({
  title: { type: "string", maxLength: 100, description: "The heading; default: the machine's name" },
  disks: {
    type: "strings",
    maxItems: 16,
    default: [],
    description: "Mount points to show; default: the disks of this machine that may be measured",
  },
  disk_warn_percent: { ...share, default: 85, description: "From here on a disk needs a look" },
  disk_bad_percent: { ...share, default: 95, description: "From here on a disk counts as full" },
  memory_warn_percent: { ...share, default: 85, description: "From here on memory needs a look" },
  memory_bad_percent: { ...share, default: 95, description: "From here on memory counts as used up" },
  temperature_warn: { type: "int", min: 20, max: 150, default: 80, description: "Degrees Celsius that need a look" },
  temperature_bad: { type: "int", min: 20, max: 150, default: 95, description: "Degrees Celsius that are too hot" },
  processes: { type: "int", min: 0, max: 20, default: 6, description: "Processes in each table; 0 for none" },
  history_points: {
    type: "int",
    min: 2,
    max: 2_000,
    default: 288,
    description: "Runs kept for the charts; 288 is a day at every 5 minutes",
  },
  time_zone: { type: "string", maxLength: 64, description: "Zone of the times in charts; default: the machine's" },
});

/** Without an earlier reading, what the machine does is measured over this time. */
const FIRST_LOOK_MS = 200;

export const systemHealthSource = defineSource("system-health", {
  description: "CPU, memory, disks, load, network, processes and temperatures of this machine",
  config,
  create(settings, ctx): SourceInstance {
    const labels = createTimeLabels(settings.time_zone, ctx);
    const figures = new FiguresReader(
      { disks: settings.disks, notGranted: new Set(), processes: settings.processes },
      ctx,
    );
    const history = new History(ctx, settings.history_points);
    const thresholds = {
      disk: { warn: settings.disk_warn_percent / 100, bad: settings.disk_bad_percent / 100 },
      memory: { warn: settings.memory_warn_percent / 100, bad: settings.memory_bad_percent / 100 },
      temperature: { warn: settings.temperature_warn, bad: settings.temperature_bad },
    };
    return {
      async fetch(call) {
        const found = await figures.read(call);
        const samples = await history.add(found);
        return systemContent(found, samples, {
          title: settings.title,
          labels,
          thresholds,
          rows: settings.processes,
          now: ctx.now(),
        });
      },
    };
  },
});

/** Reads the machine; keeps the last counters, since most figures are what happened between two looks. */
class FiguresReader {
  readonly #wanted: Wanted;
  readonly #ctx: PluginContext;
  #last: Counters | undefined;

  constructor(wanted: Wanted, ctx: PluginContext) {
    this.#wanted = wanted;
    this.#ctx = ctx;
  }

  async read({ signal }: CallContext): Promise<Figures> {
    const before = this.#last ?? (await this.#look(signal));
    if (!before) return readMachineFigures(this.#ctx, signal);
    if (!this.#last) await pause(FIRST_LOOK_MS, signal);
    const now = (await this.#look(signal)) ?? before;
    this.#last = now;
    return readProc(before, now, this.#wanted, this.#ctx, signal);
  }

  #look(signal: AbortSignal): Promise<Counters | undefined> {
    return readCounters(this.#wanted, this.#ctx, signal);
  }
}
