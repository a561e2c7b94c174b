import type { PluginContext } from "@berth/sdk";
import type { ProcessUse } from "../figures.ts";
import { parseProcessStat, parseResidentBytes, type ProcessTime } from "./process-stat.ts";

/** A machine with more is not read whole: the oldest ones first, which are the services. */
const MOST_PROCESSES = 2_000;
const WIDTH = 32;
const USUAL_PAGE_BYTES = 4_096;

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

/** All processes of a name together, what they use and what they did since `before`; `ticks` is what one core had in between. */
export async function processUse(
  before: ReadonlyMap<number, ProcessTime>,
  now: ReadonlyMap<number, ProcessTime>,
  ticks: number,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<ProcessUse[]> {
  const pageBytes = await readPageBytes(now, ctx, signal);
  const byName = Map.groupBy(now.values(), ({ name }) => name);
  return [...byName].map(([name, times]) => ({
    name,
    count: times.length,
    memory: sum(times, ({ pages }) => pages) * pageBytes,
    cpu: ticks > 0 ? sum(times, (time) => worked(before, time)) / ticks : 0,
  }));
}

/** What a page is worth, told by the largest process: its memory is known in pages and in bytes. */
async function readPageBytes(
  times: ReadonlyMap<number, ProcessTime>,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<number> {
  const [largest] = [...times.values()].sort((a, b) => b.pages - a.pages);
  if (!largest || largest.pages === 0) return USUAL_PAGE_BYTES;
  const status = await ctx.files.readText(`/proc/${largest.pid}/status`, signal).catch(() => "");
  const ratio = (parseResidentBytes(status) ?? 0) / largest.pages;
  // Memory may have grown between the two readings; pages are powers of two.
  return ratio < USUAL_PAGE_BYTES / 2 ? USUAL_PAGE_BYTES : 2 ** Math.round(Math.log2(ratio));
}

function worked(before: ReadonlyMap<number, ProcessTime>, { pid, startedAt, ticks }: ProcessTime): number {
  const earlier = before.get(pid);
  return Math.max(0, ticks - (earlier?.startedAt === startedAt ? earlier.ticks : 0));
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}
