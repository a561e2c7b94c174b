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
  readonly #request: ExecutorRequest;
  #stop: Promise<RunStop | undefined> | undefined;

  constructor(helper: KeptHelper, clock: Clock, request: ExecutorRequest) {
    this.#helper = helper;
    this.#clock = clock;
    this.#request = request;
    this.startedMs = clock.monotonicMs();
  }

  /** Whether it was told to end. */
  get isStopped(): boolean {
    return this.#stop !== undefined;
  }

  /** Ends it when its time is over. @returns the time until then, once. */
  leftMs(ageMs: number): number {
    const { timeoutMs = Infinity } = this.#request;
    if (this.timedOut) return Infinity;
    if (ageMs < timeoutMs) return timeoutMs - ageMs;
    this.timedOut = true;
    this.end();
    return Infinity;
  }

  /** Tells it to end; it is killed after its grace. */
  end(): void {
    this.#stop ??= this.#begin();
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.end();
  }

  /** Its command has ended. */
  over(): void {
    this.durationMs = this.#clock.monotonicMs() - this.startedMs;
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
    const { startedMs } = this;
    return new RunStop({ leader, clock: this.#clock, startedMs, graceMs: this.#request.graceMs });
  }
}
