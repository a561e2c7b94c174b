import type { JobRun, RunCause, RunReport } from "./job.ts";

/** A run of a job that waits for room, or is under way. */
export class Turn {
  readonly id: string;
  readonly run: JobRun;
  readonly report: Promise<RunReport>;
  readonly end: (report: RunReport) => void;
  /** Its place in the queue. */
  place: Disposable | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(id: string, slot: number, trigger: RunCause) {
    this.id = id;
    this.run = new TurnRun(this, slot, trigger);
    const { promise, resolve } = Promise.withResolvers<RunReport>();
    this.report = promise;
    this.end = resolve;
  }

  /** Made when first read: a thousand jobs that come due at once need no thousand signals. */
  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}

class TurnRun implements JobRun {
  readonly slot: number;
  readonly trigger: RunCause;
  readonly #turn: Turn;

  constructor(turn: Turn, slot: number, trigger: RunCause) {
    this.#turn = turn;
    this.slot = slot;
    this.trigger = trigger;
  }

  get signal(): AbortSignal {
    return this.#turn.signal;
  }
}
