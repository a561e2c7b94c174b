import { type Clock, Emitter, nearest, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { CronPatterns } from "./cron-patterns.ts";
import type { JobEvent, JobSpec, MissReason, RunCause, RunReport } from "./job.ts";
import { Lanes } from "./lanes.ts";
import { Turn } from "./turn.ts";
import { TimerQueue } from "./timer-queue.ts";
import { createTrigger, latestSlot, type Trigger } from "./trigger.ts";

/** Options of {@link JobLoop}. */
export interface JobLoopOptions {
  clock: Clock;
  /** Runs at a time, over all jobs. Default 8. */
  width?: number | undefined;
  /** How long a stop waits for running work before its signal fires. Default 10,000. */
  drainMs?: number | undefined;
  /** Whether this process may run the slot: `false` when it was run before, or elsewhere. Asked once, when there is room. */
  claimSlot?: ((id: string, slot: number) => boolean | Promise<boolean>) | undefined;
  /** Shared by loops of one host. */
  patterns?: CronPatterns | undefined;
  longestSleepMs?: number | undefined;
}

/** Enough to hide the waits of one slow source, few enough that pictures do not fight for memory. */
const WIDTH = 8;
const DRAIN_MS = 10_000;
const TOLERANCE_MS = 60_000;

/** How long a stop waits for work whose signal has fired. */
const ABORTED_GRACE_MS = 2_000;

/** A clock set back by more was wrong before: waiting for it to come round again would silence every job for as long. */
const CLOCK_WAS_WRONG_MS = 600_000;

interface Job {
  spec: JobSpec;
  trigger: Trigger;
  isPaused: boolean;
  appointment: Disposable | undefined;
  nextSlot: number | undefined;
  turn: Turn | undefined;
  onDue: () => void;
}

/**
 * Runs jobs at their slots. Each slot is run at most once, and never before its time; a job never runs twice at a time: a slot that
 * comes while it does is missed. Runs of different jobs share the lanes first come first served, and one that fails or hangs
 * takes nothing but its lane.
 */
export class JobLoop implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #drainMs: number;
  readonly #claimSlot: JobLoopOptions["claimSlot"];
  readonly #patterns: CronPatterns;
  readonly #lanes: Lanes<Turn>;
  readonly #timers: TimerQueue;
  readonly #events = new Emitter<JobEvent>();
  readonly #jobs = new Map<string, Job>();
  /** The runs under way, by the ids of their jobs. */
  readonly #running = new Map<string, Turn>();
  readonly #hurry = new AbortController();
  readonly #toSchedule: { job: Job; afterMs: number }[] = [];
  #soon: NodeJS.Immediate | undefined;
  #state: "waiting" | "started" | "paused" | "stopped" = "waiting";
  #stopping: Promise<string[]> | undefined;

  constructor(options: JobLoopOptions) {
    this.#clock = options.clock;
    this.#drainMs = options.drainMs ?? DRAIN_MS;
    this.#claimSlot = options.claimSlot;
    this.#patterns = options.patterns ?? new CronPatterns();
    this.#lanes = new Lanes(options.width ?? WIDTH, (turn) => this.#take(turn));
    this.#timers = new TimerQueue(options.clock, {
      onClockSet: (byMs, sinceMs) => this.#onClockSet(byMs, sinceMs),
      longestSleepMs: options.longestSleepMs,
    });
  }

  on(listener: (event: JobEvent) => void): Disposable {
    return this.#events.on(listener);
  }

  /**
   * Adds a job; disposing the result takes it out again, its present run goes on to its end.
   *
   * @throws CONFIG_INVALID when its schedule is none or its id is taken.
   */
  add(spec: JobSpec): Disposable {
    if (this.#jobs.has(spec.id)) throw new HostError("CONFIG_INVALID", `Cannot add the job "${spec.id}" a second time`);
    const trigger = createTrigger(spec.trigger, this.#patterns, this.#clock.now());
    // The run of a job of this id that was taken out goes on, and the two must not overlap.
    const turn = this.#running.get(spec.id);
    const onDue = (): void => this.#onDue(job);
    const job: Job = { spec, trigger, isPaused: false, appointment: undefined, nextSlot: undefined, turn, onDue };
    this.#jobs.set(spec.id, job);
    this.#schedule(job, this.#clock.now());
    return {
      [Symbol.dispose]: () => {
        if (this.#jobs.get(spec.id) !== job) return;
        this.#unschedule(job);
        this.#drop(job, "stopped");
        this.#jobs.delete(spec.id);
      },
    };
  }

  /** Begins to keep the schedules. */
  start(): void {
    if (this.#state !== "waiting") return;
    this.#state = "started";
    for (const job of this.#jobs.values()) this.#schedule(job, this.#clock.now());
  }

  /** Keeps no schedule, of one job or of all, until resumed; what waits for room is dropped, what runs goes on. */
  pause(id?: string): void {
    for (const job of this.#pick(id)) {
      if (id !== undefined) job.isPaused = true;
      this.#unschedule(job);
      this.#drop(job, "paused");
    }
    if (id === undefined && this.#state === "started") this.#state = "paused";
  }

  /** Takes up the schedule again, with the next slot from now. */
  resume(id?: string): void {
    if (id === undefined && this.#state === "paused") this.#state = "started";
    for (const job of this.#pick(id)) {
      if (id !== undefined) job.isPaused = false;
      if (job.appointment === undefined) this.#schedule(job, this.#clock.now());
    }
  }

  /** Runs a job outside its schedule, also when paused or not started; a run that waits or is under way is joined. */
  async runNow(id: string): Promise<RunReport> {
    const [job] = this.#pick(id);
    if (this.#state === "stopped") throw new HostError("CALL_CANCELLED", `Cannot run "${id}": the loop has stopped`);
    const turn = job!.turn ?? this.#enqueue(job!, Math.round(this.#clock.now()), "manual");
    return turn.report;
  }

  /** The next `count` slots of all jobs that keep their schedule, in order of time. */
  upcoming(count: number): { id: string; slot: number }[] {
    const slots = [...this.#jobs.values()].flatMap((job) => (job.isPaused ? [] : this.#slotsOf(job, count)));
    return slots.sort((a, b) => a.slot - b.slot).slice(0, count);
  }

  /** When a job runs next; `undefined` when it does not. */
  nextSlot(id: string): number | undefined {
    return this.#jobs.get(id)?.nextSlot;
  }

  /**
   * Begins no more runs, gives running work `drainMs`, then fires its signal; a second call does so at once. Resolves with the
   * ids of jobs whose work has not ended even then.
   */
  stop(): Promise<string[]> {
    if (this.#stopping !== undefined) this.#hurry.abort();
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#stopping ?? this.stop());
  }

  #pick(id: string | undefined): Job[] {
    if (id === undefined) return [...this.#jobs.values()];
    const job = this.#jobs.get(id);
    if (job !== undefined) return [job];
    const hint = nearest(id, this.#jobs.keys());
    throw new HostError(
      "JOB_NOT_FOUND",
      `There is no job "${id}"${hint === undefined ? "" : `; did you mean "${hint}"?`}`,
    );
  }

  #slotsOf(job: Job, count: number): { id: string; slot: number }[] {
    const slots: { id: string; slot: number }[] = [];
    let slot = job.trigger.next(this.#clock.now());
    for (; slot !== undefined && slots.length < count; slot = job.trigger.next(slot))
      slots.push({ id: job.spec.id, slot });
    return slots;
  }

  #schedule(job: Job, afterMs: number): void {
    if (this.#state !== "started" || job.isPaused) return;
    const slot = job.trigger.next(afterMs);
    job.nextSlot = slot;
    if (slot === undefined) return;
    job.appointment = this.#timers.add(slot, job.onDue);
    this.#events.emit({ kind: "scheduled", id: job.spec.id, slot });
  }

  /** After the runs that are due with this one have begun: asking for next slots takes as long as starting them all. */
  #scheduleSoon(job: Job, afterMs: number): void {
    this.#toSchedule.push({ job, afterMs });
    this.#soon ??= setImmediate(() => this.#scheduleDue());
  }

  #scheduleDue(): void {
    this.#soon = undefined;
    for (const { job, afterMs } of this.#toSchedule.splice(0)) {
      const isCurrent = this.#jobs.get(job.spec.id) === job;
      if (isCurrent && job.appointment === undefined) this.#schedule(job, afterMs);
    }
  }

  #unschedule(job: Job): void {
    job.appointment?.[Symbol.dispose]();
    job.appointment = undefined;
    job.nextSlot = undefined;
  }

  #onDue(job: Job): void {
    const due = job.nextSlot!;
    const { id, toleranceMs = TOLERANCE_MS, catchUp = "latest" } = job.spec;
    const nowMs = this.#clock.now();
    const { slot, passed } = latestSlot(job.trigger, due, nowMs);
    job.appointment = undefined;
    job.nextSlot = undefined;
    this.#scheduleSoon(job, slot);
    if (passed > 0) this.#miss(id, due, "late", passed);
    const lateMs = nowMs - slot;
    const isLate = lateMs > toleranceMs;
    if (job.turn !== undefined) return this.#miss(id, slot, "running");
    if (isLate && catchUp === "skip") return this.#miss(id, slot, "late");
    if (isLate) this.#events.emit({ kind: "late", id, slot, lateMs });
    this.#enqueue(job, slot, job.trigger.kind);
  }

  #enqueue(job: Job, slot: number, trigger: RunCause): Turn {
    const turn = new Turn(job.spec, slot, trigger);
    job.turn = turn;
    this.#lanes.enter(turn);
    return turn;
  }

  /** The turn has come. */
  async #take(turn: Turn): Promise<void> {
    const { id, slot, trigger } = turn;
    this.#running.set(id, turn);
    const startedAt = this.#clock.now();
    const startedMs = this.#clock.monotonicMs();
    const ending: Pick<RunReport, "outcome" | "error"> = { outcome: "done" };
    try {
      const isClaimed =
        trigger === "manual" || this.#claimSlot === undefined || (await this.#claim(turn, this.#claimSlot));
      if (isClaimed) {
        this.#events.emit({ kind: "started", id, slot, trigger, lateMs: this.#clock.now() - slot });
        await turn.spec.work(turn.run);
      } else ending.outcome = "skipped";
    } catch (error) {
      ending.outcome = "failed";
      ending.error = error;
    }
    this.#running.delete(id);
    this.#end(turn, { id, slot, trigger, startedAt, durationMs: this.#clock.monotonicMs() - startedMs, ...ending });
  }

  async #claim({ id, slot }: Turn, claimSlot: NonNullable<JobLoopOptions["claimSlot"]>): Promise<boolean> {
    const isOurs = await claimSlot(id, slot);
    if (isOurs && this.#state !== "stopped") return true;
    this.#miss(id, slot, isOurs ? "stopped" : "claimed");
    return false;
  }

  #end(turn: Turn, report: RunReport): void {
    const job = this.#jobs.get(turn.id);
    if (job?.turn === turn) job.turn = undefined;
    if (report.outcome !== "skipped") this.#events.emit({ kind: "finished", report });
    turn.end(report);
  }

  /** Takes a run that has not begun out of the queue. */
  #drop(job: Job, reason: MissReason): void {
    const { turn } = job;
    if (turn === undefined || this.#running.get(turn.id) === turn) return;
    this.#lanes.withdraw(turn);
    const { id, slot, trigger } = turn;
    if (trigger !== "manual") this.#miss(id, slot, reason);
    this.#end(turn, { id, slot, trigger, outcome: "skipped", startedAt: this.#clock.now(), durationMs: 0 });
  }

  #miss(id: string, slot: number, reason: MissReason, count = 1): void {
    this.#events.emit({ kind: "missed", id, slot, count, reason });
  }

  #onClockSet(byMs: number, sinceMs: number): void {
    this.#events.emit({ kind: "clock-set", byMs });
    if (byMs > 0) return; // What is overdue now is due now.
    for (const job of this.#jobs.values()) {
      const isStale = job.trigger.kind === "interval" || byMs <= -CLOCK_WAS_WRONG_MS;
      if (job.appointment === undefined || !isStale) continue;
      this.#unschedule(job);
      this.#schedule(job, sinceMs);
    }
  }

  async #stop(): Promise<string[]> {
    this.#state = "stopped";
    for (const job of this.#jobs.values()) {
      this.#unschedule(job);
      this.#drop(job, "stopped");
    }
    this.#timers[Symbol.dispose]();
    clearImmediate(this.#soon);
    await this.#drain(this.#drainMs, this.#hurry.signal);
    for (const turn of this.#running.values()) {
      turn.abort(new HostError("CALL_CANCELLED", `The run of "${turn.id}" was cut short: the loop stops`));
    }
    await this.#drain(ABORTED_GRACE_MS);
    return [...this.#running.keys()];
  }

  /** Waits until nothing runs, at most `limitMs`. */
  async #drain(limitMs: number, hurry?: AbortSignal): Promise<void> {
    if (this.#running.size === 0) return;
    const over = new AbortController();
    const signal = hurry === undefined ? over.signal : AbortSignal.any([over.signal, hurry]);
    const timeUp = sleep(this.#clock, limitMs, signal).catch(() => undefined);
    await Promise.race([Promise.all([...this.#running.values()].map(({ report }) => report)), timeUp]);
    over.abort();
  }
}
