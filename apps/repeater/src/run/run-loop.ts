import { type Clock, sleep } from "@berth/base";
import type { Delay } from "../flags/flag.ts";
import type { Due, EndedRun, Schedule } from "../modes/schedule.ts";
import type { Counters } from "./counters.ts";
import type { RunRecord } from "./run-record.ts";
import { type StopReason, Stops } from "./stops.ts";
import { type WakeAt, waitUntil } from "./wait-until.ts";

/** Gives a place among the runs of all back. */
type Leave = () => void;

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
  /** Where many share one timer. */
  wakeAt?: WakeAt | undefined;
  /** Waits for a place among the runs of all; what it gives is called when the run has ended. */
  enter?: ((signal: AbortSignal) => Leave | Promise<Leave>) | undefined;
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

/** A run at a time of the wall clock. */
type Slot = Due & { at: number };

/** Where no place was taken, none is given back. */
const STAY: Leave = () => undefined;

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
  /** Runs at a time. A schedule that asks how the last one went has to wait for it. */
  readonly #most: number;
  #running = 0;
  /** Of those that run side by side, for whoever waits for one of them. */
  #oneEnds: PromiseWithResolvers<void> | undefined;
  #last: EndedRun | undefined;
  #started: number;
  #holdMs = 0;
  #wantedSuccess: boolean;
  #reachedSuccess = false;
  #failure: { error: unknown } | undefined;

  constructor(options: RunLoopOptions, stops: Stops) {
    this.#options = options;
    this.#stops = stops;
    this.#most = options.schedule.needsResult ? 1 : options.parallel;
    this.#started = options.counters.runs;
    this.#wantedSuccess = options.untilSuccess ?? false;
  }

  async run(): Promise<LoopOutcome> {
    const reason = await this.#repeat().catch((error: unknown) => this.#fail(error));
    while (this.#running > 0) await this.#oneToEnd();
    if (this.#failure) throw this.#failure.error;
    // What came to pass in the last run is said rather than that there was none after it.
    return {
      reason: this.#stops.reason ?? reason,
      reachedSuccess: this.#reachedSuccess,
      wantedSuccess: this.#wantedSuccess,
    };
  }

  /** Waits only for promises: each wait leaves something to be collected, and of many that are due at once the last would be later. */
  async #repeat(): Promise<StopReason> {
    for (;;) {
      const over = this.#over();
      if (over !== undefined) return over;
      let due: Due | undefined;
      try {
        const next = this.#nextDue();
        due = next instanceof Promise ? await next : next;
        if (due === undefined) return this.#stops.reason ?? "schedule";
        const jitterMs = this.#jitterMs(due);
        let waiting = this.#waitFor(due, jitterMs);
        for (; waiting; waiting = this.#waitOn(due, jitterMs)) await waiting;
        if (this.#isLongPast(due, jitterMs)) due = await this.#revise(due, jitterMs);
      } catch (error) {
        if (!this.#stops.signal.aborted) throw error;
      }
      while (this.#running >= this.#most) await this.#oneToEnd();
      if (due === undefined || this.#over() !== undefined) continue;
      const place = this.#enter(due);
      const leave = place instanceof Promise ? await place : place;
      if (!leave) continue;
      const running = this.#run(due, leave);
      if (this.#most === 1) await running;
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

  #nextDue(): Due | undefined | Promise<Due | undefined> {
    const holdMs = this.#holdMs;
    this.#holdMs = 0;
    return this.#options.schedule.next(this.#last, holdMs, this.#stops.signal);
  }

  /** Until it is due, if that is later than now. */
  #waitFor(due: Due, jitterMs: number): Promise<void> | undefined {
    const { clock, onDue } = this.#options;
    const { signal } = this.#stops;
    const at = jitterMs + ("at" in due ? due.at : clock.now() + due.delayMs);
    onDue?.(due, at);
    if (this.#stops.isPastEnd(at)) return this.#endAtDeadline();
    if ("at" in due) return this.#waitUntil(at);
    const delayMs = due.delayMs + jitterMs;
    return delayMs > 0 ? sleep(clock, delayMs, signal) : undefined;
  }

  #waitUntil(at: number): Promise<void> {
    const { clock, longestSleepMs, wakeAt } = this.#options;
    const { signal } = this.#stops;
    return wakeAt ? wakeAt(at, signal) : waitUntil(clock, at, signal, { longestSleepMs });
  }

  /** Whoever shares a timer may be woken before its time. */
  #waitOn(due: Due, jitterMs: number): Promise<void> | undefined {
    const { clock, wakeAt } = this.#options;
    const { signal } = this.#stops;
    if (!wakeAt || !("at" in due) || signal.aborted) return undefined;
    const at = due.at + jitterMs;
    return clock.now() < at ? wakeAt(at, signal) : undefined;
  }

  #isLongPast(due: Due, jitterMs: number): due is Slot {
    return "at" in due && this.#options.clock.now() - due.at - jitterMs > LONG_PAST_MS;
  }

  /** What is to run where its own slot is long past. */
  async #revise(slot: Slot, jitterMs: number): Promise<Due> {
    const { clock, schedule, longestSleepMs, wakeAt } = this.#options;
    if (!schedule.revise) return slot;
    const revised = schedule.revise(slot);
    await waitUntil(clock, revised.at + jitterMs, this.#stops.signal, { wakeAt, longestSleepMs });
    return revised;
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

  /** @returns what is to be called when the run has ended; nothing when there is to be none. */
  #enter(due: Due): Leave | undefined | Promise<Leave | undefined> {
    const { enter, beforeRun } = this.#options;
    const place = enter ? enter(this.#stops.signal) : STAY;
    return place instanceof Promise || beforeRun ? this.#claim(due, place) : place;
  }

  async #claim(due: Due, place: Leave | Promise<Leave>): Promise<Leave | undefined> {
    const leave = place instanceof Promise ? await this.#unlessEnded(place) : place;
    // What ended the loop meanwhile leaves the time for the next process to take.
    if (this.#over() !== undefined) {
      leave?.();
      return undefined;
    }
    try {
      await this.#options.beforeRun?.(due);
    } catch (error) {
      leave?.();
      throw error;
    }
    return leave;
  }

  async #unlessEnded<T>(waiting: Promise<T>): Promise<T | undefined> {
    try {
      return await waiting;
    } catch (error) {
      if (this.#stops.signal.aborted) return undefined;
      throw error;
    }
  }

  async #run(due: Due, leave: Leave): Promise<void> {
    const { run, afterRun } = this.#options;
    this.#running++;
    try {
      const record = await run(++this.#started, this.#stops.killing);
      this.#count(record);
      const told = afterRun?.(record);
      if (told) await told;
      this.#judge(record, due);
    } catch (error) {
      this.#fail(error);
    } finally {
      leave();
      this.#running--;
      this.#oneEnds?.resolve();
      this.#oneEnds = undefined;
    }
  }

  #count({ success, exitCode, durationMs, startedAt, holdMs = 0, because }: RunRecord): void {
    const { counters } = this.#options;
    // A run that was broken off says nothing of the command.
    if (because !== "stopped") counters.add(success, durationMs);
    this.#last = { count: counters.runs, success, exitCode, durationMs, startedAt };
    this.#holdMs = Math.max(this.#holdMs, holdMs);
  }

  /** Whether it was the last. */
  #judge({ success }: RunRecord, due: Due): void {
    const { counters, maxConsecutiveFailures = Infinity, untilSuccess = false } = this.#options;
    const isGoal = untilSuccess || due.endsOnSuccess === true;
    this.#wantedSuccess ||= isGoal;
    if (isGoal && success) {
      this.#reachedSuccess = true;
      this.#stops.end("success");
    }
    if (counters.consecutiveFailures >= maxConsecutiveFailures) this.#stops.end("failures");
  }

  /** One promise for all that run: racing them would leave something with one that goes on for hours, at each end of another. */
  #oneToEnd(): Promise<void> {
    return (this.#oneEnds ??= Promise.withResolvers()).promise;
  }
}
