import { Counters } from "../run/counters.ts";
import type { RunRecord } from "../run/run-record.ts";

/** What a job does: `broken` is one that cannot go on, `stopped` one that was not at its end. */
export type JobPhase = "waiting" | "running" | "stopped" | "done" | "broken";

/** What the table shows of a job. Numbers only: memory does not grow with the runs. */
export class JobStatus {
  readonly name: string;
  readonly counters = new Counters();
  phase: JobPhase = "waiting";
  /** By the wall clock. */
  nextAt: number | undefined;
  last: Pick<RunRecord, "startedAt" | "durationMs" | "success"> | undefined;
  /** How many were begun by this process. */
  begun = 0;

  constructor(name: string) {
    this.name = name;
  }

  isDue(at: number): void {
    this.phase = "waiting";
    this.nextAt = at;
  }

  begins(): void {
    this.phase = "running";
    this.begun++;
  }

  ended({ startedAt, durationMs, success }: RunRecord): void {
    this.phase = "waiting";
    this.last = { startedAt, durationMs, success };
  }

  isOver(phase: "stopped" | "done" | "broken"): void {
    this.phase = phase;
    this.nextAt = undefined;
  }
}
