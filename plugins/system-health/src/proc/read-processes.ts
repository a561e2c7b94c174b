import type { PluginContext } from "@berth/sdk";
import type { ProcessUse } from "../figures.ts";
import { parseProcessStat, parseResidentBytes, type ProcessTime } from "./process-stat.ts";

/** A machine with more is not read whole: the oldest ones first, which are the services. */
const MOST_PROCESSES = 2_000;
const WIDTH = 32;

/** The times of all processes by number; one that ends meanwhile is left out. */
export async function readProcessTimes(ctx: PluginContext, signal: AbortSignal): Promise<Map<number, ProcessTime>> {
  const entries = await ctx.files.list("/proc", signal);
  const pids = entries.flatMap(({ name }) => (/^\d{1,10}$/.test(name) ? Number(name) : []));
  const chosen = pids.sort((a, b) => a - b).slice(0, MOST_PROCESSES);
  const times = new Map<number, ProcessTime>();
  for (let start = 0; start < chosen.length; start += WIDTH) {
    const batch = chosen.slice(start, start + WIDTH).map((pid) => readTime(pid, ctx, signal));
    for (const time of await Promise.all(batch)) if (time) times.set(time.pid, time);
  }
  return times;
}

async function readTime(pid: number, ctx: PluginContext, signal: AbortSignal): Promise<ProcessTime | undefined> {
  const text = await ctx.files.readText(`/proc/${pid}/stat`, signal).catch(() => undefined);
  signal.throwIfAborted();
  return text === undefined ? undefined : parseProcessStat(text);
}

/** Those among `now` that use most memory or did most since `before`; `ticks` is what one core had in between. */
export async function busiestProcesses(
  before: ReadonlyMap<number, ProcessTime>,
  now: ReadonlyMap<number, ProcessTime>,
  { ticks, most }: { ticks: number; most: number },
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<ProcessUse[]> {
  const all = [...now.values()].map((time) => ({ ...time, cpu: ticks > 0 ? worked(before, time) / ticks : 0 }));
  const byMemory = all.toSorted((a, b) => b.pages - a.pages).slice(0, most);
  const byCpu = all.toSorted((a, b) => b.cpu - a.cpu).slice(0, most);
  return Promise.all(
    [...new Set([...byMemory, ...byCpu])].map(async ({ pid, name, cpu }) => {
      const status = await ctx.files.readText(`/proc/${pid}/status`, signal).catch(() => "");
      return { pid, name, cpu, memory: parseResidentBytes(status) ?? 0 };
    }),
  );
}

function worked(before: ReadonlyMap<number, ProcessTime>, { pid, startedAt, ticks }: ProcessTime): number {
  const earlier = before.get(pid);
  return Math.max(0, ticks - (earlier?.startedAt === startedAt ? earlier.ticks : 0));
}
