import type { Clock } from "@berth/base";
import type { ScheduleRequest } from "@berth/contract";
import { malformed } from "../capability-errors.ts";

/** When something happens, again and again perhaps. Times are those of one clock, whichever the timing goes by. */
export interface Timing {
  /** The next time, later than the one before; `undefined` when there is none. */
  next(): number | undefined;
  /** How long until then; not above 0 when it has come. */
  remainingMs(at: number): number;
}

/** A plugin that wants it oftener needs a loop, not a timer. */
const SHORTEST_MS = 100;
const LONGEST_MS = 3_660 * 86_400_000;
const LONGEST_CRON = 200;

/**
 * The timing a plugin asks for.
 *
 * @throws HostError `CONTRACT_BROKEN` for what is no such request, `CONFIG_INVALID` for an expression that is none or never runs.
 */
export async function timingOf(asked: ScheduleRequest, clock: Clock): Promise<Timing> {
  if (typeof asked !== "object" || asked === null) throw malformed("Cannot schedule: it must say when");
  const { afterMs, everyMs, cron, timeZone } = asked as Record<string, unknown>;
  if (afterMs !== undefined) return after(clock, duration("afterMs", afterMs, 0));
  if (everyMs !== undefined) return every(clock, duration("everyMs", everyMs, SHORTEST_MS));
  if (typeof cron !== "string" || cron.length > LONGEST_CRON) {
    throw malformed(
      `Cannot schedule: it must say afterMs, everyMs or cron, a text of at most ${LONGEST_CRON} characters`,
    );
  }
  if (timeZone !== undefined && typeof timeZone !== "string") throw malformed("Cannot schedule: timeZone must be text");
  return await byCalendar(clock, cron, timeZone);
}

function after(clock: Clock, delayMs: number): Timing {
  let at: number | undefined = clock.monotonicMs() + delayMs;
  return {
    next: () => [at, (at = undefined)][0],
    remainingMs: (due) => due - clock.monotonicMs(),
  };
}

/** Counted from the beginning, so that no delay adds up; times that were slept through are left out. */
function every(clock: Clock, intervalMs: number): Timing {
  const startMs = clock.monotonicMs();
  let count = 0;
  return {
    next: () => {
      count = Math.max(count, Math.floor((clock.monotonicMs() - startMs) / intervalMs)) + 1;
      return startMs + count * intervalMs;
    },
    remainingMs: (due) => due - clock.monotonicMs(),
  };
}

/** Parsing an expression is loaded with the first one: few plugins have any. */
async function byCalendar(clock: Clock, cron: string, zone: string | undefined): Promise<Timing> {
  const { parseCron } = await import("@berth/jobs");
  const pattern = parseCron(cron, { zone, seconds: cron.trim().split(/\s+/).length === 6 });
  let last = -Infinity;
  return {
    next: () => {
      const found = pattern.next(Math.max(last, clock.now()));
      last = found ?? last;
      return found;
    },
    remainingMs: (due) => due - clock.now(),
  };
}

function duration(name: string, value: unknown, least: number): number {
  if (typeof value === "number" && value >= least && value <= LONGEST_MS) return value;
  throw malformed(`Cannot schedule: ${name} must be a number of milliseconds from ${least} to ${LONGEST_MS}`);
}
