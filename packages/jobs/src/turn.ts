import type { JobRun, JobSpec, RunCause, RunReport } from "./job.ts";

/** A run of a job that waits for room, or is under way. A thousand may begin at once, so what few need is made when asked for. */
export class Turn {
  readonly spec: JobSpec;
  readonly slot: number;
  readonly trigger: RunCause;
  /** What the work is told. */
  readonly run: JobRun = new TurnRun(this);
  #controller: AbortController | undefined = undefined;
  #ended: RunReport | undefined = undefined;
  #report: PromiseWithResolvers<RunReport> | undefined = undefined;

  constructor(spec: JobSpec, slot: number, trigger: RunCause) {
    this.spec = spec;
    this.slot = slot;
    this.trigger = trigger;
  }

  get id(): string {
    return this.spec.id;
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** How it ended, once it has. */
  get report(): Promise<RunReport> {
    this.#report ??= Promise.withResolvers();
    if (this.#ended !== undefined) this.#report.resolve(this.#ended);
    return this.#report.promise;
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  end(report: RunReport): void {
    this.#ended = report;
    this.#report?.resolve(report);
  }
}

class TurnRun implements JobRun {
  readonly #turn: Turn;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  get signal(): AbortSignal {
    return this.#turn.signal;
  }

  get slot(): number {
    return this.#turn.slot;
  }

  get trigger(): RunCause {
    return this.#turn.trigger;
  }
}
