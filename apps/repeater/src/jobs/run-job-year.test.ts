import { ManualClock, Places } from "@berth/base";
import { CronPatterns } from "@berth/jobs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Settings } from "../config/settings.ts";
import type { RprContext } from "../context.ts";
import { FLAGS } from "../flags/flag-table.ts";
import { findMode } from "../flags/mode-table.ts";
import type { Journal } from "./job-journal.ts";
import { JobStates } from "./job-states.ts";
import { JobTimers } from "./job-timers.ts";
import type { JobEntry } from "./read-jobs.ts";
import { JobRunner } from "./run-job.ts";

const HOUR_MS = 3_600_000;
const YEAR_HOURS = 365 * 24;
/** Half an hour from every slot, so that which of two comes first is never in question. */
const FROM = Date.UTC(2026, 0, 1, 0, 30);
const ZONE = "Europe/Berlin";

const JOBS = [
  ["hourly-one", "0 * * * *", "one"],
  ["hourly-all", "0 * * * *", "all"],
  ["hourly-none", "0 * * * *", "none"],
  ["nightly-one", "0 2 * * *", "one"],
  ["weekdays-all", "0 9 * * 1-5", "all"],
  ["monthly-one", "0 12 1 * *", "one"],
] as const;

/** What happens to the machine between two stretches of time in which nothing does. */
type Mishap = { kind: "none" } | { kind: "set"; hours: number } | { kind: "kill"; downHours: number; isTorn: boolean };

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.constant({ kind: "none" as const }),
  fc.record({ kind: fc.constant("set" as const), hours: fc.integer({ min: -60, max: 90 }) }),
  fc.record({ kind: fc.constant("kill" as const), downHours: fc.integer({ min: 0, max: 60 }), isTorn: fc.boolean() }),
);
const stretches = fc.array(fc.tuple(mishap, fc.integer({ min: 1, max: 200 })), { minLength: 60, maxLength: 120 });

/** A disk that outlives the processes. */
class Disk {
  text = "";
  /** The last that each job has taken. */
  readonly lastSlots = new Map<string, number>();

  #put(all: string, added: string): void {
    this.text = all;
    for (const line of added.split("\n").slice(0, -1)) {
      const { job, lastSlot } = JSON.parse(line) as { job: string; lastSlot: number };
      this.lastSlots.set(job, lastSlot);
    }
  }

  journal(): Journal {
    return {
      read: () => Promise.resolve(this.text.split("\n").slice(0, -1)),
      append: (text) => Promise.resolve(this.#put(this.text + text, text)),
      replace: (text) => Promise.resolve(this.#put(text, text)),
      remove: () => Promise.resolve(void (this.text = "")),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

/** All jobs in one process, which can be killed: none of its timers fires again. */
async function startProcess(clock: ManualClock, disk: Disk, ran: Map<string, number[]>): Promise<Disposable> {
  // Half an hour from a slot, a look at the clock in so long notices soon enough that it was set, and saves time.
  const timers = new JobTimers(clock, HOUR_MS / 4);
  const states = await JobStates.open(disk.journal(), new Set(JOBS.map(([name]) => name)), "state");
  const none = { write: () => undefined };
  const context = { out: none, err: none, env: {}, cwd: "/", clock: timers, name: "rpr" } as unknown as RprContext;
  const waiting = Promise.withResolvers<void>();
  const runners: JobRunner[] = [];
  for (const [name, cron, catchUp] of JOBS) {
    const runner = new JobRunner(entryOf(name, cron, catchUp), {
      context,
      timers,
      enter: new Places(100).enter,
      patterns: new CronPatterns(),
      states,
      executorOf: () =>
        Promise.resolve({
          run: () => {
            ran.get(name)!.push(disk.lastSlots.get(name)!);
            return Promise.resolve({ exitCode: 0, signal: null, durationMs: 0, timedOut: false });
          },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
      outputsOf: () => Promise.resolve([]),
      pluginSchedule: () => Promise.reject(new Error("none is used")),
      isVerbose: false,
      onChange: () => {
        if (runners.every(({ status }) => status.nextAt !== undefined)) waiting.resolve();
      },
    });
    runners.push(runner);
  }
  for (const runner of runners) void runner.run();
  await waiting.promise;
  return timers;
}

function entryOf(name: string, cron: string, catchUp: string): JobEntry {
  const typed = new Map<string, string | boolean>([
    ["cron", cron],
    ["timezone", ZONE],
    ["catch-up", catchUp],
    ["quiet", true],
  ]);
  const settings = new Settings({ flags: FLAGS, typed, env: {}, file: undefined, mode: "cron" });
  return { name, mode: findMode("cron")!, pluginFlags: [], settings, command: "x", args: [], written: name };
}

/** What is to run, by the catch-up rule alone. */
class Expected {
  readonly slots: number[] = [];
  readonly #cron: string;
  readonly #catchUp: string;
  readonly #patterns: CronPatterns;
  /** Up to where times are spoken for, in this process; and the last that was taken. */
  #reached: number;
  #taken: number | undefined;

  constructor(cron: string, catchUp: string, patterns: CronPatterns) {
    this.#cron = cron;
    this.#catchUp = catchUp;
    this.#patterns = patterns;
    this.#reached = FROM;
  }

  restarted(now: number): void {
    this.#reached = this.#taken ?? now;
  }

  /** Time goes on from `from` to `to`; what lies before `from` and is not spoken for was missed. */
  passes(from: number, to: number): void {
    const missed = this.#between(this.#reached, from);
    if (this.#catchUp === "all") this.#take(missed);
    if (this.#catchUp === "one") this.#take(missed.slice(-1));
    this.#reached = Math.max(this.#reached, from);
    this.#take(this.#between(this.#reached, to));
    this.#reached = Math.max(this.#reached, to);
  }

  #take(slots: readonly number[]): void {
    this.slots.push(...slots);
    this.#taken = slots.at(-1) ?? this.#taken;
  }

  #between(after: number, to: number): number[] {
    const pattern = this.#patterns.get(this.#cron, { zone: ZONE });
    const slots: number[] = [];
    for (let slot = pattern.next(after); slot !== undefined && slot <= to; slot = pattern.next(slot)) slots.push(slot);
    return slots;
  }
}

test(
  "jobs run every slot of a year once by their catch-up rule, however the clock is set and processes are killed [RPT-186]",
  { tags: ["slow"], timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(stretches, async (year) => {
        const clock = new ManualClock(FROM);
        const disk = new Disk();
        const patterns = new CronPatterns();
        const ran = new Map(JOBS.map(([name]) => [name, [] as number[]]));
        const expected = new Map(JOBS.map(([name, cron, catchUp]) => [name, new Expected(cron, catchUp, patterns)]));
        let process = await startProcess(clock, disk, ran);
        await clock.advance(0);
        let hoursLeft = YEAR_HOURS;
        for (const [what, hours] of [...year, [{ kind: "none" }, YEAR_HOURS] as const]) {
          if (what.kind === "set") clock.setWallClock(clock.now() + what.hours * HOUR_MS);
          if (what.kind === "kill") {
            process[Symbol.dispose]();
            if (what.isTorn) disk.text += '{"job":"hourly-one","version":1,"ser';
            await clock.advance(what.downHours * HOUR_MS);
            expected.forEach((one) => one.restarted(clock.now()));
            process = await startProcess(clock, disk, ran);
          }
          const from = clock.now();
          const stretch = Math.min(hours, hoursLeft);
          hoursLeft -= stretch;
          await clock.advance(stretch * HOUR_MS);
          if (stretch > 0) expected.forEach((one) => one.passes(from, clock.now()));
          if (hoursLeft === 0) break;
        }
        process[Symbol.dispose]();
        for (const [name, slots] of ran) expect({ name, slots }).toEqual({ name, slots: expected.get(name)!.slots });
      }),
      { numRuns: 1, endOnFailure: true },
    );
  },
);
