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
  #runningSinceMs: number | undefined;
  #watchTimer: Disposable | undefined;

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
    const run = new LaneRun(this.#helper, this.#clock, request, signal);
    pipes.begin(sink, (error) => run.fail(error));
    this.#watchLater(run.startedMs);
    const status = await this.#toEnd(run, request, pipes).catch((error: unknown) => this.#giveUp(run, error));
    if (run.failure) throw run.failure.error;
    if (run.ending) return { ...run.ending, durationMs: run.durationMs, timedOut: run.timedOut };
    return await refusal(request, status, sink);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchTimer?.[Symbol.dispose]();
    this.#pipes?.[Symbol.dispose]();
    this.#abandoned[Symbol.dispose]();
    await this.#helper[Symbol.asyncDispose]();
  }

  /** @returns its status; a negative number for one that was not started. */
  async #toEnd(run: LaneRun, request: ExecutorRequest, pipes: PipePair): Promise<number> {
    const running = this.#helper.run(request, pipes.paths);
    run.endIfAborted();
    const status = await running;
    this.#runningSinceMs = undefined;
    run.over();
    if (run.isStopped) await run.sweep();
    const isFree = pipes.finish();
    if (!(typeof isFree === "boolean" ? isFree : await isFree)) this.#abandon(pipes);
    // Whoever takes the output may fail as late as here.
    if (run.isStopped) await run.sweep();
    if (status >= 0) {
      const ending = this.#helper.endingOf(request.command, status);
      run.ending = ending instanceof Promise ? await ending : ending;
    }
    if (run.isStopped && this.isUsable) await this.#helper.settle();
    return status;
  }

  /** Nobody knows what of the command still runs: all of it ends, and the helper with it. */
  async #giveUp(run: LaneRun, error: unknown): Promise<never> {
    this.#runningSinceMs = undefined;
    run.over();
    await this.#helper[Symbol.asyncDispose]();
    await run.giveUp();
    throw error;
  }

  /** One timer serves all runs of its time: to make one for each and take it back costs more than to look now and then. */
  #watchLater(startedMs: number): void {
    this.#runningSinceMs = startedMs;
    this.#watchTimer ??= this.#clock.setTimer(() => this.#watchIfLong(), WATCH_AFTER_MS);
  }

  #watchIfLong(): void {
    this.#watchTimer = undefined;
    if (this.#runningSinceMs === undefined) return;
    const leftMs = this.#runningSinceMs + WATCH_AFTER_MS - this.#clock.monotonicMs();
    if (leftMs > 0) {
      this.#watchTimer = this.#clock.setTimer(() => this.#watchIfLong(), leftMs);
      return;
    }
    this.#pipes?.watch();
    this.#helper.watch();
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
