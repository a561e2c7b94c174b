import { getSystemErrorMessage } from "node:util";
import type { Clock } from "@berth/base";
import { cannotRun, refuseUnrunnable } from "../check-request.ts";
import type { ExecutorRequest, ExecutorResult, ExecutorSink } from "../executor.ts";
import type { KeptHelper } from "./kept-helper.ts";
import { LaneRun } from "./lane-run.ts";
import { AbandonedPipes, PipePair } from "./pipe-pair.ts";

/** A run that takes longer is watched; one that does not is read when it is over. Making the watchers costs more than a short run. */
const WATCH_AFTER_MS = 5;

/** One helper, and one command at a time. */
export class HelperLane implements AsyncDisposable {
  readonly #helper: KeptHelper;
  readonly #clock: Clock;
  readonly #abandoned = new AbandonedPipes();
  #pipes: PipePair | undefined;
  #run: LaneRun | undefined;
  #isWatched = false;
  #timer: Disposable | undefined;
  #timerAtMs = 0;
  #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#run?.end();

  private constructor(helper: KeptHelper, clock: Clock) {
    this.#helper = helper;
    this.#clock = clock;
  }

  /** Owns the helper, also when this fails. */
  static async open(helper: KeptHelper, clock: Clock): Promise<HelperLane> {
    const lane = new HelperLane(helper, clock);
    try {
      lane.#pipes = await lane.#openPipes();
      return lane;
    } catch (error) {
      await lane[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whether it can take another command. */
  get isUsable(): boolean {
    return !this.#helper.isGone;
  }

  async run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    const pipes = (this.#pipes ??= await this.#openPipes());
    const run = new LaneRun(this.#helper, this.#clock, request);
    this.#run = run;
    pipes.begin(sink, (error) => run.fail(error));
    this.#listenTo(signal);
    this.#tendAt(run.startedMs + Math.min(WATCH_AFTER_MS, request.timeoutMs ?? Infinity));
    let status: number;
    try {
      const running = this.#helper.run(request, pipes.paths);
      if (signal.aborted) run.end();
      status = await running;
      run.over();
      this.#rest();
      const finishing = this.#finish(run, request.command, status, pipes);
      if (finishing) await finishing;
    } catch (error) {
      return await this.#giveUp(run, error);
    }
    if (run.failure) throw run.failure.error;
    if (!run.ending) return await refusal(request, status, sink);
    const { exitCode, signal: name } = run.ending;
    return { exitCode, signal: name, durationMs: run.durationMs, timedOut: run.timedOut };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#listenTo(undefined);
    this.#pipes?.[Symbol.dispose]();
    this.#abandoned[Symbol.dispose]();
    await this.#helper[Symbol.asyncDispose]();
  }

  /** Reads what a command wrote and how it ended; of most there is nothing to wait for. */
  #finish(run: LaneRun, command: string, status: number, pipes: PipePair): void | Promise<void> {
    if (run.isStopped) return this.#finishSlowly(run, command, status, pipes);
    const isFree = pipes.finish();
    // Whoever takes the output may fail as late as here.
    if (isFree !== true || run.isStopped) return this.#finishSlowly(run, command, status, pipes, isFree);
    const ending = status < 0 ? undefined : this.#helper.endingOf(command, status);
    if (ending instanceof Promise) return ending.then((told) => void (run.ending = told));
    run.ending = ending;
  }

  async #finishSlowly(
    run: LaneRun,
    command: string,
    status: number,
    pipes: PipePair,
    isFree?: boolean | Promise<boolean>,
  ): Promise<void> {
    if (run.isStopped) await run.sweep();
    if (!(await (isFree ?? pipes.finish()))) this.#abandon(pipes);
    if (run.isStopped) await run.sweep();
    if (status >= 0) run.ending = await this.#helper.endingOf(command, status);
    if (run.isStopped && this.isUsable) await this.#helper.settle();
  }

  /** Nobody knows what of the command still runs: all of it ends, and the helper with it. */
  async #giveUp(run: LaneRun, error: unknown): Promise<never> {
    this.#rest();
    await this.#helper[Symbol.asyncDispose]();
    await run.giveUp();
    throw error;
  }

  /** One timer serves all runs of its time: to make one for each and take it back costs more than to look now and then. */
  #tend(): void {
    this.#timer = undefined;
    const run = this.#run;
    // Not at the end of each run: most are followed by another.
    if (!run) return this.#listenTo(undefined);
    const nowMs = this.#clock.monotonicMs();
    const ageMs = nowMs - run.startedMs;
    if (ageMs >= WATCH_AFTER_MS) this.#watch();
    const leftMs = Math.min(run.leftMs(ageMs), ageMs < WATCH_AFTER_MS ? WATCH_AFTER_MS - ageMs : Infinity);
    if (leftMs < Infinity) this.#tendAt(nowMs + leftMs);
  }

  #tendAt(atMs: number): void {
    if (this.#timer && this.#timerAtMs <= atMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(() => this.#tend(), Math.max(0, atMs - this.#clock.monotonicMs()));
  }

  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#pipes?.watch();
    this.#helper.watch();
  }

  #rest(): void {
    this.#run = undefined;
    if (!this.#isWatched) return;
    this.#isWatched = false;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#listenTo(undefined);
  }

  /** Runs that follow each other mostly have the same. */
  #listenTo(signal: AbortSignal | undefined): void {
    if (signal === this.#signal) return;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Pipes that something still holds get no second run: what it writes would be taken for that run's. */
  #abandon(pipes: PipePair): void {
    this.#pipes = undefined;
    this.#abandoned.take(pipes);
  }

  async #openPipes(): Promise<PipePair> {
    return new PipePair(await this.#helper.makePipes(), this.#clock);
  }
}

/** The system did not start it, though it was found: what shells do where it is gone by now. */
async function refusal(request: ExecutorRequest, error: number, sink: ExecutorSink): Promise<ExecutorResult> {
  const refused = await refuseUnrunnable(request, sink);
  if (refused) return refused;
  throw cannotRun(request.command, getSystemErrorMessage(error) ?? `error ${-error}`);
}
