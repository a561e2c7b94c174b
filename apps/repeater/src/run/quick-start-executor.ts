import type { Clock } from "@berth/base";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "../exec/executor.ts";
import { SpawnExecutor } from "../exec/spawn-executor.ts";

/** Runs that follow each other with no longer a pause than this are back to back. */
const PAUSE_MS = 20;

/** So many of them make up for the start of the helper, which takes longer than a whole run. */
const RUNS_BEFORE_HELPER = 20;

/**
 * The executor `shell`: commands are started by this very process, which is ready at once; when many follow each other without a
 * pause, by a helper that starts them faster.
 */
export class QuickStartExecutor implements Executor {
  readonly #clock: Clock;
  readonly #own: Executor;
  #helped: Promise<Executor> | undefined;
  #runs = 0;
  #backToBack = 0;
  #endedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#own = new SpawnExecutor(clock);
  }

  async run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    // Not sooner: loading it would hold up the first run.
    if (++this.#runs === RUNS_BEFORE_HELPER) (await import("./keep-memory-small.ts")).keepMemorySmall();
    const pauseMs = this.#clock.monotonicMs() - this.#endedMs;
    this.#backToBack = pauseMs <= PAUSE_MS ? this.#backToBack + 1 : 0;
    if (this.#backToBack >= RUNS_BEFORE_HELPER) this.#helped ??= this.#load();
    const executor = this.#helped ? await this.#helped : this.#own;
    try {
      return await executor.run(request, sink, signal);
    } finally {
      this.#endedMs = this.#clock.monotonicMs();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
    await (await this.#helped)?.[Symbol.asyncDispose]();
  }

  async #load(): Promise<Executor> {
    const { openDefaultExecutor } = await import("../exec/open-executor.ts");
    return openDefaultExecutor({ clock: this.#clock });
  }
}
