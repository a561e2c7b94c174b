import { ManualClock } from "@berth/base";
import type { Schedule } from "../src/modes/schedule.ts";
import { Counters } from "../src/run/counters.ts";
import { type LoopOutcome, runLoop, type RunLoopOptions } from "../src/run/run-loop.ts";
import type { RunRecord } from "../src/run/run-record.ts";

/** What a run of {@link LoopRig} does. */
export interface RiggedRun {
  success?: boolean;
  /** How long it takes by the clock. */
  takesMs?: number;
  holdMs?: number;
  /** Whether it goes on when it is told to end. */
  isDeaf?: boolean;
}

/** A loop on a clock that a test moves, with runs that do as they are told. */
export class LoopRig {
  readonly clock: ManualClock;
  /** When each run began and ended, by the clock's monotonic time. */
  readonly began: number[] = [];
  readonly ended: number[] = [];
  /** When by the wall clock. */
  readonly beganAt: number[] = [];
  readonly counters = new Counters();
  readonly stop = new AbortController();
  mostAtOnce = 0;
  outcome: LoopOutcome | undefined;
  #running = 0;

  constructor(startMs = 0) {
    this.clock = new ManualClock(startMs);
  }

  /** Begins the loop; its outcome is there once it has ended. */
  start(
    schedule: Schedule,
    runs: (number: number) => RiggedRun = () => ({}),
    options: Partial<RunLoopOptions> = {},
  ): Promise<LoopOutcome> {
    const ended = runLoop({
      clock: this.clock,
      schedule,
      run: (number, signal) => this.#run(number, runs(number), signal),
      counters: this.counters,
      stop: this.stop.signal,
      parallel: 1,
      graceMs: 10_000,
      ...options,
    });
    return ended.then((outcome) => (this.outcome = outcome));
  }

  async #run(
    number: number,
    { success = true, takesMs = 0, holdMs, isDeaf }: RiggedRun,
    signal: AbortSignal,
  ): Promise<RunRecord> {
    const startedAt = this.clock.now();
    this.began.push(this.clock.monotonicMs());
    this.beganAt.push(startedAt);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#running);
    const startedMs = this.clock.monotonicMs();
    if (takesMs > 0) {
      await new Promise<void>((resolve) => {
        this.clock.setTimer(resolve, takesMs);
        if (isDeaf !== true) signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    this.#running--;
    this.ended.push(this.clock.monotonicMs());
    const wasStopped = signal.aborted;
    return {
      run: number,
      startedAt,
      durationMs: this.clock.monotonicMs() - startedMs,
      success: success && !wasStopped,
      because: wasStopped ? "stopped" : "exit-code",
      exitCode: success ? 0 : 1,
      signal: null,
      ...(holdMs === undefined ? {} : { holdMs }),
    };
  }
}
