import type { Clock } from "@berth/base";
import type { ExecutorRequest } from "../executor.ts";
import type { Ending, KeptHelper } from "./kept-helper.ts";
import { RunStop } from "./run-stop.ts";

/** One run of a command by a helper, and why it is ended before its time. */
export class LaneRun {
  readonly startedMs: number;
  durationMs = 0;
  timedOut = false;
  /** Of a command that was started. */
  ending: Ending | undefined;
  /** What the taker of its output threw. */
  failure: { error: unknown } | undefined;
  readonly #helper: KeptHelper;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #timer: Disposable | undefined;
  readonly #signal: AbortSignal;
  #stop: Promise<RunStop | undefined> | undefined;
  readonly #onAbort = (): void => this.end();

  constructor(helper: KeptHelper, clock: Clock, { graceMs, timeoutMs }: ExecutorRequest, signal: AbortSignal) {
    this.#helper = helper;
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#signal = signal;
    this.startedMs = clock.monotonicMs();
    this.#timer = timeoutMs === undefined ? undefined : clock.setTimer(() => this.#endForTime(), timeoutMs);
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether it was told to end. */
  get isStopped(): boolean {
    return this.#stop !== undefined;
  }

  /** Tells it to end; it is killed after its grace. */
  end(): void {
    this.#stop ??= this.#begin();
  }

  /** Whoever gave up before it began is not told of again. */
  endIfAborted(): void {
    if (this.#signal.aborted) this.end();
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.end();
  }

  /** Its command has ended: neither its time nor its caller ends it any more. */
  over(): void {
    this.durationMs = this.#clock.monotonicMs() - this.startedMs;
    this.#timer?.[Symbol.dispose]();
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  /** Kills what is left of a run that was told to end. Resolves when nothing of it is found. */
  async sweep(): Promise<void> {
    await (await this.#stop)?.sweep();
  }

  /** After its helper is gone. */
  async giveUp(): Promise<void> {
    (await this.#stop)?.[Symbol.dispose]();
  }

  async #begin(): Promise<RunStop | undefined> {
    this.#helper.expectSignals();
    const leader = await this.#helper.leader();
    if (!leader) return undefined;
    return new RunStop({ leader, clock: this.#clock, startedMs: this.startedMs, graceMs: this.#graceMs });
  }

  #endForTime(): void {
    this.timedOut = true;
    this.end();
  }
}
