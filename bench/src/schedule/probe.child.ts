import { systemClock } from "@berth/base";
import { JobLoop } from "@berth/jobs";
import { Cron } from "croner";
import { quantile } from "../frame.ts";

/** What one way of keeping 10,000 schedules did. */
export interface Firings {
  seconds: number;
  /** Slots that came in the time measured. */
  expected: number;
  p50Ms: number;
  p99Ms: number;
  early: number;
  double: number;
  lost: number;
  heapBytes: number;
  setUpMs: number;
}

const JOBS = 10_000;
const SECONDS = 2;
/** A time zone, since that is what makes cron dear. */
const ZONE = "America/New_York";

/** Each job is due at one second of the minute: sixty expressions, 167 jobs at a time. */
const PERIOD = 60;

function expressionOf(job: number): string {
  return `${job % PERIOD} * * * * *`;
}

type Fired = (job: number, slot: number) => void;

const WAYS: Record<string, (fired: Fired) => () => unknown> = {
  berth(fired) {
    const loop = new JobLoop({ clock: systemClock });
    for (let job = 0; job < JOBS; job++) {
      const trigger = { cron: expressionOf(job), zone: ZONE, seconds: true };
      loop.add({ id: `job-${job}`, trigger, work: ({ slot }) => fired(job, slot) });
    }
    loop.start();
    return () => loop.stop();
  },
  timeouts(fired) {
    const timers: NodeJS.Timeout[] = [];
    for (let job = 0; job < JOBS; job++) {
      const slot = nextSlot(Date.now(), job);
      timers.push(setTimeout(() => fired(job, slot), slot - Date.now()));
    }
    return () => timers.forEach(clearTimeout);
  },
  croner(fired) {
    const crons = Array.from({ length: JOBS }, (_, job) => {
      const options = { timezone: ZONE, mode: "6-part" } as const;
      // croner does not tell its slot; it may be up to a second early or most of a minute late.
      return new Cron(expressionOf(job), options, () => fired(job, nextSlot(Date.now() - (PERIOD - 1) * 1_000, job)));
    });
    return () => crons.forEach((cron) => cron.stop());
  },
};

function nextSlot(afterMs: number, job: number): number {
  const period = PERIOD * 1_000;
  return (Math.floor((afterMs - (job % PERIOD) * 1_000) / period) + 1) * period + (job % PERIOD) * 1_000;
}

/** The wall clock, finer than its milliseconds. */
function now(): number {
  return Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
}

async function measure(way: string): Promise<Firings> {
  const firings: { job: number; slot: number; at: number; isEarly: boolean }[] = [];
  const heapBefore = heapBytes();
  const startedMs = performance.now();
  const stop = WAYS[way]!((job, slot) => firings.push({ job, slot, at: now(), isEarly: Date.now() < slot }));
  const setUpMs = performance.now() - startedMs;
  const usedBytes = heapBytes() - heapBefore;
  // From between two seconds to between two seconds, so that no slot is at the edge; the first second warms up.
  const from = Math.ceil(Date.now() / 1_000) * 1_000 + 1_500;
  await until(from + SECONDS * 1_000);
  await stop();
  return { ...judge(firings, from), heapBytes: usedBytes, setUpMs };
}

function judge(firings: { job: number; slot: number; at: number; isEarly: boolean }[], from: number) {
  const isMeasured = (slot: number): boolean => slot > from && slot < from + SECONDS * 1_000;
  const measured = firings.filter(({ slot }) => isMeasured(slot));
  const different = new Set(measured.map(({ job, slot }) => `${job} ${slot}`));
  const slots = Array.from({ length: JOBS }, (_, job) => nextSlot(from, job)).filter(isMeasured);
  const lateMs = measured.map(({ slot, at }) => at - slot);
  return {
    seconds: SECONDS,
    expected: slots.length,
    p50Ms: quantile(lateMs, 0.5),
    p99Ms: quantile(lateMs, 0.99),
    early: measured.filter(({ isEarly }) => isEarly).length,
    double: measured.length - different.size,
    lost: slots.length - different.size,
  };
}

function heapBytes(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

function until(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs - Date.now()));
}

console.log(JSON.stringify(await measure(process.argv[2]!)));
process.exit();
