import { type Clock, sleep } from "@berth/base";
import type { Delay } from "../flags/flag.ts";
import type { Due, EndedRun, Schedule } from "../modes/schedule.ts";
import type { Counters } from "./counters.ts";
import type { RunRecord } from "./run-record.ts";
import { type StopReason, Stops } from "./stops.ts";
import { waitUntil } from "./wait-until.ts";

/** What a {@link runLoop} needs. */
export interface RunLoopOptions {
  clock: Clock;
  schedule: Schedule;
  /** Runs the command once and says how it went; never rejects for what the command did. */
  run: (number: number, signal: AbortSignal) => Promise<RunRecord>;
  counters: Counters;
  /** Ends the loop from outside; its reason is a {@link StopReason}. */
  stop: AbortSignal;
  times?: number | undefined;
  /** By the monotonic clock, from now. */
  forMs?: number | undefined;
  /** By the wall clock. */
  until?: number | undefined;
  untilSuccess?: boolean | undefined;
  maxConsecutiveFailures?: number | undefined;
  parallel: number;
  jitter?: Delay | undefined;
  graceMs: number;
  random?: (() => number) | undefined;
  /** Told when the next run is due, by the wall clock, before the wait. */
  onDue?: ((due: Due, at: number) => void) | undefined;
  /** Waits for the wall clock, where many share one timer. */
  waitUntil?: ((at: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Waits for a place among the runs of all; what it gives is called when the run has ended. */
  enter?: ((signal: AbortSignal) => (() => void) | Promise<() => void>) | undefined;
  /** Told before a run begins, and waited for: from then on its time is taken, whatever happens. */
  beforeRun?: ((due: Due) => void | Promise<void>) | undefined;
  /** Told of a run that ended, after it was counted. */
  afterRun?: ((record: RunRecord) => void | Promise<void>) | undefined;
  longestSleepMs?: number | undefined;
}

/** How the loop ended. */
export interface LoopOutcome {
  reason: StopReason;
  /** Whether the success of the last run was what all runs were for, and came. */
  reachedSuccess: boolean;
  /** Whether success was what all runs were for. */
  wantedSuccess: boolean;
}

/** Wall time further past than this was slept through, or the clock was set. */
const LONG_PAST_MS = 60_000;

/**
 * Runs a command by a schedule until something ends it; then what runs may finish within the grace time. It ends as soon as nothing
 * more can come: after the last run nobody waits for a time that will not be used.
 */
export async function runLoop(options: RunLoopOptions): Promise<LoopOutcome> {
  using stops = new Stops(options);
  const loop = new Loop(options, stops);
  try {
    return await loop.run();
  } finally {
    await options.schedule[Symbol.asyncDispose]?.();
  }
}

class Loop {
  readonly #options: RunLoopOptions;
  readonly #stops: Stops;
  readonly #running = new Set<Promise<void>>();
  #last: EndedRun | undefined;
  #started: number;
  #holdMs = 0;
  #wantedSuccess: boolean;
  #reachedSuccess = false;
  #failure: { error: unknown } | undefined;

  constructor(options: RunLoopOptions, stops: Stops) {
    this.#options = options;
    this.#stops = stops;
    this.#started = options.counters.runs;
    this.#wantedSuccess = options.untilSuccess ?? false;
  }

  async run(): Promise<LoopOutcome> {
    const reason = await this.#repeat().catch((error: unknown) => this.#fail(error));
    while (this.#running.size > 0) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure.error;
    // What came to pass in the last run is said rather than that there was none after it.
    return {
      reason: this.#stops.reason ?? reason,
      reachedSuccess: this.#reachedSuccess,
      wantedSuccess: this.#wantedSuccess,
    };
  }

  async #repeat(): Promise<StopReason> {
    for (;;) {
      const over = this.#over();
      if (over !== undefined) return over;
      const due = await this.#nextDue();
      if (due === undefined) return this.#stops.reason ?? "schedule";
      const taken = await this.#waitFor(due);
      if (taken) await this.#begin(taken);
    }
  }

  /** What runs is ended, and then `error` is thrown. */
  #fail(error: unknown): StopReason {
    this.#failure ??= { error };
    this.#stops.end("failed");
    return "failed";
  }

  #over(): StopReason | undefined {
    const { times } = this.#options;
    if (this.#stops.reason !== undefined) return this.#stops.reason;
    return times !== undefined && this.#started >= times ? "times" : undefined;
  }

  async #nextDue(): Promise<Due | undefined> {
    const { schedule } = this.#options;
    const holdMs = this.#holdMs;
    this.#holdMs = 0;
    try {
      return await schedule.next(this.#last, holdMs, this.#stops.signal);
    } catch (error) {
      if (this.#stops.signal.aborted) return undefined;
      throw error;
    }
  }

  /** What is to run when the time has come: another slot where it is long past. `undefined` when something ended the loop. */
  async #waitFor(due: Due): Promise<Due | undefined> {
    const { clock, onDue, longestSleepMs, schedule, parallel, waitUntil: own } = this.#options;
    const until = own ? (_clock: Clock, at: number, by: AbortSignal): Promise<void> => own(at, by) : waitUntil;
    const { signal } = this.#stops;
    const jitterMs = this.#jitterMs(due);
    let taken = due;
    try {
      if ("at" in due) {
        let slot = due;
        onDue?.(slot, slot.at + jitterMs);
        if (this.#stops.isPastEnd(slot.at + jitterMs)) return this.#endAtDeadline();
        await until(clock, slot.at + jitterMs, signal, longestSleepMs);
        if (clock.now() - slot.at - jitterMs > LONG_PAST_MS && schedule.revise) {
          taken = slot = schedule.revise(slot);
          await until(clock, slot.at + jitterMs, signal, longestSleepMs);
        }
      } else {
        const delayMs = due.delayMs + jitterMs;
        onDue?.(due, clock.now() + delayMs);
        if (this.#stops.isPastEnd(clock.now() + delayMs)) return this.#endAtDeadline();
        if (delayMs > 0) await sleep(clock, delayMs, signal);
      }
      while (this.#running.size >= (schedule.needsResult ? 1 : parallel)) await Promise.race(this.#running);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return this.#over() === undefined ? taken : undefined;
  }

  #endAtDeadline(): undefined {
    this.#stops.endAtDeadline();
  }

  #jitterMs(due: Due): number {
    const { jitter, clock, random = Math.random } = this.#options;
    if (!jitter) return 0;
    const waitMs = "at" in due ? due.at - clock.now() : due.delayMs;
    const mostMs = "ms" in jitter ? jitter.ms : waitMs * jitter.share;
    // The first run at once is asked for by whoever sits before it.
    return waitMs > 0 ? random() * mostMs : 0;
  }

  async #begin(due: Due): Promise<void> {
    const { enter, beforeRun, run, parallel, schedule } = this.#options;
    // Not waited for where there is nothing to wait for: of many that are due at once, the last would be later by each turn.
    const place = enter?.(this.#stops.signal);
    const leave = place instanceof Promise ? await this.#unlessEnded(place) : place;
    // What ended the loop meanwhile leaves the time for the next process to take.
    if (this.#over() !== undefined) return leave?.();
    if (beforeRun) {
      try {
        await beforeRun(due);
      } catch (error) {
        leave?.();
        throw error;
      }
    }
    this.#started++;
    const running = run(this.#started, this.#stops.killing)
      .then((record) => this.#ended(record, due))
      .catch((error: unknown) => void this.#fail(error))
      .finally(() => {
        leave?.();
        this.#running.delete(running);
      });
    this.#running.add(running);
    if (parallel === 1 || schedule.needsResult) await running;
  }

  async #unlessEnded<T>(waiting: Promise<T>): Promise<T | undefined> {
    try {
      return await waiting;
    } catch (error) {
      if (this.#stops.signal.aborted) return undefined;
      throw error;
    }
  }

  async #ended(record: RunRecord, due: Due): Promise<void> {
    const { counters, maxConsecutiveFailures = Infinity, untilSuccess = false, afterRun } = this.#options;
    const { success, exitCode, durationMs, startedAt, holdMs = 0 } = record;
    // A run that was broken off says nothing of the command.
    if (record.because !== "stopped") counters.add(success, durationMs);
    this.#last = { count: counters.runs, success, exitCode, durationMs, startedAt };
    this.#holdMs = Math.max(this.#holdMs, holdMs);
    const isGoal = untilSuccess || due.endsOnSuccess === true;
    this.#wantedSuccess ||= isGoal;
    await afterRun?.(record);
    if (isGoal && success) {
      this.#reachedSuccess = true;
      this.#stops.end("success");
    }
    if (counters.consecutiveFailures >= maxConsecutiveFailures) this.#stops.end("failures");
  }
}
