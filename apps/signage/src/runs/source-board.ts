import { Emitter } from "@berth/base";
import type { SignageEvent, SourceStatus } from "../signage-events.ts";
import type { SourceJob } from "./source-job.ts";
import type { SourceRun } from "./source-run.ts";

interface Line {
  job: SourceJob;
  running: number;
  last?: SourceRun;
  nextRunAt?: number;
}

/** What every source is doing, kept by listening to what happens. */
export class SourceBoard {
  readonly #lines = new Map<string, Line>();
  readonly #events: Emitter<SignageEvent>;

  constructor(jobs: Iterable<SourceJob>, onListenerError: (error: unknown) => void) {
    this.#events = new Emitter(onListenerError);
    for (const job of jobs) this.#lines.set(job.id, { job, running: 0 });
  }

  get statuses(): SourceStatus[] {
    return [...this.#lines.values()].map(({ job, running, last, nextRunAt }) => {
      const cachedAt = job.cachedAt;
      return {
        id: job.id,
        type: job.type,
        isRunning: running > 0,
        breaker: job.breakerState,
        ...(last ? { last } : {}),
        ...(nextRunAt === undefined ? {} : { nextRunAt }),
        ...(cachedAt === undefined ? {} : { cachedAt }),
      };
    });
  }

  onDidChange(listener: (event: SignageEvent) => void): Disposable {
    return this.#events.on(listener);
  }

  /** Takes note of an event and announces it. */
  post(event: SignageEvent): void {
    const line = this.#lines.get(event.kind === "finished" ? event.run.id : event.id);
    if (line) note(line, event);
    this.#events.emit(event);
  }
}

function note(line: Line, event: SignageEvent): void {
  switch (event.kind) {
    case "started":
      line.running++;
      break;
    case "finished":
      line.running--;
      line.last = event.run;
      break;
    case "scheduled":
      line.nextRunAt = event.at;
      break;
    case "missed":
      break;
  }
}
