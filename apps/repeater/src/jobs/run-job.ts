import { errorMessage, neutralise } from "@berth/base";
import type { CronPatterns } from "@berth/jobs";
import type { RprContext } from "../context.ts";
import type { Executor } from "../exec/executor.ts";
import { openSchedule } from "../modes/open-schedule.ts";
import type { Schedule } from "../modes/schedule.ts";
import { commandOptions } from "../run/command-options.ts";
import { exitCode, isComplete } from "../run/exit-code.ts";
import { openSinks } from "../run/open-sinks.ts";
import type { Assignment } from "../run/repeat.ts";
import { runCommand } from "../run/run-command.ts";
import { runLoop } from "../run/run-loop.ts";
import type { RecordSink, RunRecord } from "../run/run-record.ts";
import type { StopReason } from "../run/stops.ts";
import { parseUntil } from "../run/until-time.ts";
import { ENDED, runLine } from "../streams/summary.ts";
import type { JobState, JobStates } from "./job-states.ts";
import { JobStatus } from "./job-status.ts";
import type { JobTimers } from "./job-timers.ts";
import type { JobEntry } from "./read-jobs.ts";

/** What all jobs have in common. */
export interface JobsSurroundings {
  /** Its clock is `timers`. */
  context: RprContext;
  timers: JobTimers;
  enter: (signal: AbortSignal) => (() => void) | Promise<() => void>;
  patterns: CronPatterns;
  states: JobStates | undefined;
  /** Shared by the jobs that name it. */
  executorOf: (entry: JobEntry) => Promise<Executor>;
  outputsOf: (entry: JobEntry) => Promise<readonly RecordSink[]>;
  pluginSchedule: (entry: JobEntry) => Promise<Schedule>;
  isVerbose: boolean;
  /** Something that is shown of a job has changed. */
  onChange: () => void;
  /** A run has ended. */
  onRun?: () => void;
}

/** One job of many, from its first run to its last. */
export class JobRunner {
  readonly status: JobStatus;
  readonly #entry: JobEntry;
  readonly #all: JobsSurroundings;
  // One of its own: ten thousand listeners on one signal are added in the square of the time.
  readonly #stop = new AbortController();

  constructor(entry: JobEntry, all: JobsSurroundings) {
    this.#entry = entry;
    this.#all = all;
    this.status = new JobStatus(entry.name);
  }

  stop(reason: StopReason): void {
    this.#stop.abort(reason);
  }

  /** Resolves with its exit code, 1 also when it cannot go on; never rejects. */
  async run(): Promise<number> {
    try {
      return await this.#run();
    } catch (error) {
      this.status.isOver("broken");
      this.#say(`cannot go on: ${errorMessage(error)}`);
      return 1;
    } finally {
      this.#all.onChange();
    }
  }

  async #run(): Promise<number> {
    const { name, written } = this.#entry;
    const { states, timers } = this.#all;
    const state = states?.of(name, this.#series(), timers.now());
    const done = state?.doneWith(written);
    if (state) state.restore(this.status.counters);
    if (done !== undefined) {
      this.status.isOver("done");
      return done;
    }
    return await this.#repeat(state);
  }

  async #repeat(state: JobState | undefined): Promise<number> {
    const { settings, written } = this.#entry;
    const { counters } = this.status;
    const { context, timers, enter } = this.#all;
    await using opened = new AsyncDisposableStack();
    const assignment = this.#assignment(state);
    const sinks = await openSinks(context, assignment, opened, (sentence) => this.#say(sentence));
    const schedule = await assignment.openSchedule(undefined);
    const command = await commandOptions(context, assignment, await assignment.openExecutor(), opened);
    const until = settings.text("until");
    const forMs = settings.number("for");
    const outcome = await runLoop({
      clock: timers,
      wakeAt: timers.wakeAt,
      enter,
      schedule,
      run: (number, signal) => {
        this.status.begins();
        this.#all.onChange();
        return runCommand(number, command, signal);
      },
      counters,
      stop: this.#stop.signal,
      times: settings.number("times"),
      forMs: forMs === undefined || !state ? forMs : Math.max(0, state.state.begunAt + forMs - timers.now()),
      until: until === undefined ? undefined : parseUntil(until, timers.now()),
      untilSuccess: settings.isOn("until-success"),
      maxConsecutiveFailures: settings.number("max-consecutive-failures"),
      parallel: 1,
      jitter: settings.delay("jitter"),
      graceMs: settings.number("grace")!,
      onDue: (_due, at) => {
        this.status.isDue(at);
        this.#all.onChange();
      },
      ...(state ? { beforeRun: (due) => state.take("at" in due ? due.at : timers.now()) } : {}),
      afterRun: (record) => {
        this.#tell(record);
        this.#all.onRun?.();
        // Of ten thousand jobs most keep nothing, and what their runs leave behind has to be collected.
        return state || sinks.length > 0 ? this.#keep(record, sinks, state) : undefined;
      },
    });
    const code = exitCode(outcome, counters, undefined);
    this.status.isOver(isComplete(outcome) ? "done" : "stopped");
    if (!isComplete(outcome)) return code;
    await state?.complete(written, code);
    if (this.#all.isVerbose) this.#say(`ended: ${ENDED[outcome.reason]}`);
    return code;
  }

  async #keep(record: RunRecord, sinks: readonly RecordSink[], state: JobState | undefined): Promise<void> {
    for (const sink of sinks) await sink.write({ job: this.#entry.name, ...record });
    await state?.ended(this.status.counters);
  }

  #assignment(state: JobState | undefined): Assignment {
    const { name, mode, settings, command, args } = this.#entry;
    const { executorOf, outputsOf, pluginSchedule, patterns, timers } = this.#all;
    return {
      name,
      mode: mode.name,
      settings,
      command,
      args,
      openSchedule: () =>
        mode.scheduler
          ? pluginSchedule(this.#entry)
          : openSchedule(mode.name, settings, { clock: timers, state: state?.state, patterns }),
      openExecutor: () => executorOf(this.#entry),
      openOutputs: () => outputsOf(this.#entry),
    };
  }

  #tell(record: RunRecord): void {
    this.status.ended(record);
    this.#all.onChange();
    if (record.because === "not-started") this.#say(`run ${record.run} failed: ${record.error}`);
    // Of many jobs nobody knows otherwise which it was.
    else if (!record.success || this.#all.isVerbose) this.#say(runLine(record));
  }

  #series(): string {
    const { mode, command, args } = this.#entry;
    return JSON.stringify([mode.name, command, ...args]);
  }

  #say(sentence: string): void {
    const { err, name } = this.#all.context;
    void err.write(Buffer.from(`${name}: ${this.#entry.name}: ${neutralise(sentence)}\n`));
  }
}
