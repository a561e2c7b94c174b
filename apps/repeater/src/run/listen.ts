import type { RprContext, StopSignal } from "../context.ts";
import type { Executor } from "../exec/executor.ts";

/** What came from outside to end the runs. */
export interface Signals extends Disposable {
  stop: AbortSignal;
  readonly first: StopSignal | undefined;
}

/** The first signal ends the runs and gives the one under way its grace time; the second kills it. */
export function listen(context: RprContext, executors: Iterable<Executor>, say: (sentence: string) => void): Signals {
  const stop = new AbortController();
  let first: StopSignal | undefined;
  const listening = context.onSignal((signal) => {
    if (first !== undefined) {
      for (const executor of executors) void executor[Symbol.asyncDispose]();
      return;
    }
    first = signal;
    const isPipe = signal === "SIGPIPE" || signal === "unwritable";
    if (!isPipe) say("stopping: what runs may finish; a second signal kills it");
    stop.abort(isPipe ? "pipe" : "signal");
  });
  return {
    stop: stop.signal,
    get first() {
      return first;
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
