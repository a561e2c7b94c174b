import { join } from "node:path";
import { type Clock, errorMessage } from "@berth/base";
import type { Host } from "@berth/host";
import { type MetricsLog, openMetricsLog, type Run, type Storage } from "@berth/storage";
import type { SourceRun } from "./source-run.ts";

const DAY_MS = 86_400_000;
const KEEP_RUNS_DAYS = 31; // a month back is what the run history shows at most
const PRUNE_EVERY_MS = DAY_MS / 24;

/** Keeps what runs came to: in the history for the host, and as lines of JSON for whoever reads files. */
export class RunRecorder implements Disposable {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #metrics: MetricsLog;
  readonly #log: Host["log"];
  readonly #counts: Host["telemetry"]["counts"];
  #prunedAt = 0;

  constructor(host: Host) {
    this.#storage = host.storage;
    this.#clock = host.clock;
    this.#counts = host.telemetry.counts;
    this.#log = host.log.about({ source: "app/signage" });
    this.#metrics = openMetricsLog({ folder: join(host.dataFolder, "signage", "metrics"), clock: host.clock });
  }

  /** Never rejects: a run that cannot be recorded has still been made, and that is said in the log. */
  async record(run: SourceRun): Promise<void> {
    const entry = toRun(run);
    this.#counts.ran(entry);
    // One that fails is no reason to leave the other out.
    const parts = [
      async () => this.#metrics.append(entry),
      async () => this.#storage.runs.record(entry),
      async () => this.#prune(),
    ];
    for (const part of parts) {
      await part().catch((error: unknown) => {
        this.#log.error(`Cannot record the run of "${run.id}": ${errorMessage(error)}`);
      });
    }
  }

  [Symbol.dispose](): void {
    this.#metrics[Symbol.dispose]();
  }

  async #prune(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    await this.#storage.runs.prune(now - KEEP_RUNS_DAYS * DAY_MS);
  }
}

function toRun(run: SourceRun): Run {
  const { id, type, startedAt, completedAt, durationMs, outcome, error, dataPoints, attempts, trigger, slot } = run;
  return {
    job: id,
    type: `source/${type}`,
    startedAt,
    completedAt,
    durationMs,
    outcome,
    ...(error ? { error: error.message, errorCode: error.code } : {}),
    dataPoints,
    attempts,
    trigger,
    ...(slot === undefined ? {} : { slot }),
  };
}
