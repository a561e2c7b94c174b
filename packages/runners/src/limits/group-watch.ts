import type { LimitEvent } from "@berth/kernel/runner";
import { readCgroupCounters, readMemoryPeak } from "./cgroup-counters.ts";
import type { CgroupCounters, CgroupFiles } from "./cgroups.ts";
import type { ResolvedLimits } from "./resolve-limits.ts";

const TELLING_SHARE = 0.05; // less is the kernel's own coarseness
const TELLING_MS = 100; // the kernel's period: a shorter while says nothing about a rate

/** Tells of what a control group did on its own: held back, killed, refused. */
export class GroupWatch {
  readonly files: CgroupFiles;
  readonly #limits: ResolvedLimits;
  readonly #baselineMb: number;
  #before: CgroupCounters;

  /** What happened after `before` was read is told. */
  constructor(files: CgroupFiles, before: CgroupCounters, limits: ResolvedLimits, baselineMb: number) {
    this.files = files;
    this.#limits = limits;
    this.#baselineMb = baselineMb;
    this.#before = before;
  }

  /** What happened in the `elapsedMs` since the last look, in which it used `cpuMs` of CPU. */
  look(elapsedMs: number, cpuMs: number): LimitEvent[] {
    const before = this.#before;
    const now = readCgroupCounters(this.files);
    this.#before = now;
    const throttledMs = now.throttledMs - before.throttledMs;
    const { cpu_percent, processes } = this.#limits;
    const events: LimitEvent[] = [];
    if (elapsedMs >= TELLING_MS && throttledMs > elapsedMs * TELLING_SHARE) {
      // What it used and what it was kept from using add up to what it wanted.
      const wanted = ((cpuMs + throttledMs) / elapsedMs) * 100;
      events.push({
        limit: "cpu_percent",
        allowed: cpu_percent,
        used: Math.max(wanted, cpu_percent),
        action: "slowed",
      });
    }
    if (now.processesRefused > before.processesRefused) {
      events.push({ limit: "processes", allowed: processes, used: processes + 1, action: "refused" });
    }
    if (now.oomKills > before.oomKills) events.push(this.#outOfMemory());
    return events;
  }

  #outOfMemory(): LimitEvent {
    const allowed = this.#limits.memory_mb;
    const used = Math.max(allowed, readMemoryPeak(this.files.memory) - this.#baselineMb);
    return { limit: "memory_mb", allowed, used, action: "ended" };
  }
}
