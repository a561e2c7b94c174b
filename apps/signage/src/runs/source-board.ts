import { Emitter } from "@berth/base";
import type { RunHistory } from "@berth/storage";
import type { EndedRun, SignageEvent, SourceStatus } from "../signage-events.ts";
import type { SourceJob } from "./source-job.ts";

interface Line {
  job: SourceJob;
  running: number;
  last: EndedRun | undefined;
  nextRunAt?: number;
}

/** What every source is doing, kept by listening to what happens. */
export class SourceBoard {
  readonly #lines = new Map<string, Line>();
  readonly #events: Emitter<SignageEvent>;

  constructor(
    jobs: Iterable<SourceJob>,
    history: Pick<RunHistory, "latest">,
    onListenerError: (error: unknown) => void,
  ) {
    this.#events = new Emitter(onListenerError);
    for (const job of jobs) this.#lines.set(job.id, { job, running: 0, last: lastRun(job, history) });
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

/** A restart does not forget what ran before it. */
function lastRun({ id, type }: SourceJob, history: Pick<RunHistory, "latest">): EndedRun | undefined {
  const run = history.latest(id);
  if (run?.type !== `source/${type}`) return undefined;
  const { outcome, completedAt, durationMs, dataPoints, error } = run;
  return {
    outcome,
    completedAt,
    durationMs,
    dataPoints,
    pictures: [],
    ...(error === undefined ? {} : { error: { message: error } }),
  };
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
