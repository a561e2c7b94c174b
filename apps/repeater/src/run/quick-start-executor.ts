import type { Clock } from "@berth/base";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "../exec/executor.ts";
import { SpawnExecutor } from "../exec/spawn-executor.ts";

/**
 * The executor `shell`: the first command is started at once by this very process, those after it by a helper that starts commands
 * faster, but takes longer to load than a whole first run.
 */
export class QuickStartExecutor implements Executor {
  readonly #clock: Clock;
  readonly #first: Executor;
  #isFirst = true;
  #others: Promise<Executor> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#first = new SpawnExecutor(clock);
  }

  async run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    if (this.#isFirst) {
      this.#isFirst = false;
      return this.#first.run(request, sink, signal);
    }
    this.#others ??= this.#load();
    return (await this.#others).run(request, sink, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first[Symbol.asyncDispose]();
    await (await this.#others)?.[Symbol.asyncDispose]();
  }

  async #load(): Promise<Executor> {
    const { openDefaultExecutor } = await import("../exec/open-executor.ts");
    return openDefaultExecutor({ clock: this.#clock });
  }
}
