import { errorMessage, type PluginContext } from "@berth/sdk";
import type { Figures } from "../figures.ts";
import { parseMeminfo } from "./meminfo.ts";
import { parseNetDev, type Traffic } from "./net-dev.ts";
import type { ProcessTime } from "./process-stat.ts";
import { processUse, readProcessTimes } from "./read-processes.ts";
import { readDisks, type WantedDisks } from "./read-disks.ts";
import { readTemperatures } from "./read-temperatures.ts";
import { type CpuTime, parseStat } from "./stat.ts";

/** Counters at one moment; what happened is the difference of two. */
export interface Counters {
  /** Seconds since the machine started: unlike the wall clock, nobody sets it. */
  at: number;
  cpu: CpuTime;
  traffic: Traffic | undefined;
  processes: ReadonlyMap<number, ProcessTime>;
}

/** What the operator wants of it. */
export interface Wanted extends WantedDisks {
  processes: number;
}

/** @returns nothing where there is no `/proc`, which is everywhere but on Linux. */
export async function readCounters(
  wanted: Wanted,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<Counters | undefined> {
  const stat = await ctx.files.readText("/proc/stat", signal).catch((error: unknown) => {
    signal.throwIfAborted();
    ctx.log.debug("no figures from /proc", { reason: errorMessage(error) });
  });
  const cpu = stat === undefined ? undefined : parseStat(stat);
  if (!cpu) return undefined;
  return {
    at: Number((await readOr("", "/proc/uptime", ctx, signal)).split(" ")[0]) || ctx.now() / 1_000,
    cpu,
    traffic: parseNetDev(await readOr("", "/proc/net/dev", ctx, signal)),
    processes: wanted.processes === 0 ? new Map() : await readProcessTimes(ctx, signal),
  };
}

/** The figures of the time between two readings, and what needs only one. */
export async function readProc(
  before: Counters,
  now: Counters,
  wanted: Wanted,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<Figures> {
  const read = (path: string): Promise<string> => readOr("", path, ctx, signal);
  const ticks = Math.max(0, now.cpu.total - before.cpu.total);
  const { disks, failures } = await readDisks(wanted, ctx, signal);
  const temperatures = await readTemperatures(ctx, signal);
  return {
    hostname: (await read("/proc/sys/kernel/hostname")).trim() || "this machine",
    system: `Linux ${(await read("/proc/sys/kernel/osrelease")).trim().split("-")[0] ?? ""}`.trim(),
    cpus: now.cpu.cpus,
    cpu: ticks === 0 ? undefined : Math.min(1, Math.max(0, (now.cpu.busy - before.cpu.busy) / ticks)),
    ...parseMeminfo(await read("/proc/meminfo")),
    load: parseLoad(await read("/proc/loadavg")),
    uptimeSeconds: now.at,
    network: rates(before, now),
    disks,
    processes: await processUse(before.processes, now.processes, ticks / now.cpu.cpus, ctx, signal),
    temperatures,
    missing: failures,
  };
}

async function readOr(instead: string, path: string, ctx: PluginContext, signal: AbortSignal): Promise<string> {
  try {
    return await ctx.files.readText(path, signal);
  } catch {
    signal.throwIfAborted();
    return instead;
  }
}

function parseLoad(text: string): Figures["load"] {
  const [one = Number.NaN, five = Number.NaN, fifteen = Number.NaN] = text.split(" ").slice(0, 3).map(Number);
  return text === "" || ![one, five, fifteen].every(Number.isFinite) ? undefined : [one, five, fifteen];
}

function rates(before: Counters, now: Counters): Figures["network"] {
  const seconds = now.at - before.at;
  if (!before.traffic || !now.traffic || seconds <= 0) return undefined;
  // A counter goes back when an interface is made anew.
  const rate = (from: number, to: number): number => Math.max(0, to - from) / seconds;
  return {
    received: rate(before.traffic.received, now.traffic.received),
    sent: rate(before.traffic.sent, now.traffic.sent),
  };
}
