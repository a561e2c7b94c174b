import { HostError } from "@berth/contract";
import type { CronPattern } from "./cron-pattern.ts";
import type { CronPatterns } from "./cron-patterns.ts";

/** When a job runs: by the calendar, or every so often. */
export type TriggerSpec =
  | { cron: string; zone?: string | undefined; seconds?: boolean | undefined }
  | {
      everyMs: number;
      /** One of its slots, milliseconds since 1970; the time the job was added if left out. */
      anchorMs?: number | undefined;
    };

/** Gives the slots of a job: the instants at which it is to run. */
export interface Trigger {
  readonly kind: "cron" | "interval";
  /** No two slots are closer than this. */
  readonly closestMs: number;
  /** The first slot after `afterMs`, `undefined` when there is none. */
  next(afterMs: number): number | undefined;
}

/** The shortest interval a timer can keep. */
const SHORTEST_INTERVAL_MS = 1;

/** @throws CONFIG_INVALID when the schedule is none. */
export function createTrigger(spec: TriggerSpec, patterns: CronPatterns, nowMs: number): Trigger {
  if ("cron" in spec) return new CronTrigger(patterns.get(spec.cron, spec));
  const { everyMs, anchorMs = nowMs } = spec;
  if (!Number.isFinite(everyMs) || everyMs < SHORTEST_INTERVAL_MS) {
    throw new HostError("CONFIG_INVALID", `Cannot run every ${everyMs} ms: the shortest interval is 1 ms`);
  }
  return {
    kind: "interval",
    closestMs: everyMs,
    next: (afterMs) => anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs,
  };
}

class CronTrigger implements Trigger {
  readonly #pattern: CronPattern;

  constructor(pattern: CronPattern) {
    this.#pattern = pattern;
  }

  get kind(): "cron" {
    return "cron";
  }

  get closestMs(): number {
    return 1_000;
  }

  next(afterMs: number): number | undefined {
    return this.#pattern.next(afterMs);
  }
}

/** Where counting missed slots ends: the exact number of more helps nobody. */
const MOST_COUNTED = 1_000;

/**
 * The last slot up to `nowMs`, if `slot` has come and perhaps others after it, and how many were before it (counted up to a
 * thousand).
 */
export function latestSlot(trigger: Trigger, slot: number, nowMs: number): { slot: number; passed: number } {
  // Nearly always so, and the runs that are due need not wait for an answer.
  if (nowMs - slot < trigger.closestMs) return { slot, passed: 0 };
  let latest = slot;
  for (let passed = 0; passed < MOST_COUNTED; passed++) {
    const next = trigger.next(latest);
    if (next === undefined || next > nowMs) return { slot: latest, passed };
    latest = next;
  }
  return { slot: searchBack(trigger, latest, nowMs), passed: MOST_COUNTED };
}

/** Looks for the last slot from the end, in spans that grow, instead of counting through years of minutes. */
function searchBack(trigger: Trigger, known: number, nowMs: number): number {
  let latest = known;
  for (let spanMs = 60_000; nowMs - spanMs > known; spanMs *= 4) {
    const found = trigger.next(nowMs - spanMs);
    if (found === undefined || found > nowMs) continue;
    latest = found;
    break;
  }
  for (let next = trigger.next(latest); next !== undefined && next <= nowMs; next = trigger.next(latest)) latest = next;
  return latest;
}
