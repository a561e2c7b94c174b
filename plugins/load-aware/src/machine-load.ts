import type { PluginContext } from "@berth/sdk";
import type { Load } from "./load-interval.ts";

/** What the host's service `machine` answers, as far as it is needed here. */
interface Figures {
  platform?: unknown;
  totalMemory?: unknown;
  freeMemory?: unknown;
  loadAverage?: unknown;
  cpuTimes?: unknown;
}

/** Looks at the machine through the host: each look tells of the time since the one before. */
export function machineLoad(ctx: Pick<PluginContext, "services">): () => Promise<Load> {
  let before: { busyMs: number; totalMs: number } | undefined;
  return async () => {
    const figures = ((await ctx.services.call("machine", "figures", null)) ?? {}) as Figures;
    const { busyMs = 0, totalMs = 0 } = (figures.cpuTimes ?? {}) as { busyMs?: number; totalMs?: number };
    const passedMs = before ? totalMs - before.totalMs : 0;
    const cpuPercent = before && passedMs > 0 ? (100 * (busyMs - before.busyMs)) / passedMs : undefined;
    before = { busyMs, totalMs };
    const [total, free] = [Number(figures.totalMemory), Number(figures.freeMemory)];
    const load1 = Array.isArray(figures.loadAverage) ? Number(figures.loadAverage[0]) : Number.NaN;
    // Windows has no load average, and says 0.
    const hasLoad = Number.isFinite(load1) && figures.platform !== "win32";
    return {
      memoryPercent: total > 0 ? (100 * (total - free)) / total : 0,
      ...(cpuPercent === undefined ? {} : { cpuPercent }),
      ...(hasLoad ? { load1 } : {}),
    };
  };
}
