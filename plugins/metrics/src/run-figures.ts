import type { OutputRecord } from "@berth/sdk";

/** Upper ends, seconds; as the program had them that this one takes the place of. */
const BUCKETS = [0.001, 0.01, 0.1, 1, 10, 60, 300] as const;

/** Figures of runs in the text format of Prometheus. Buckets are cumulative, as the format has them, and each run is counted once. */
export class RunFigures {
  readonly #counts = { success: 0, failure: 0 };
  /** Of runs that took up to this and longer than the one before. */
  readonly #within = BUCKETS.map(() => 0);
  #ms = 0;
  #intervalSeconds: number | undefined;
  #lastStartedAt: number | undefined;

  note({ success, durationMs, startedAt }: OutputRecord): void {
    this.#counts[success ? "success" : "failure"]++;
    const seconds = durationMs / 1_000;
    this.#ms += durationMs;
    const bucket = BUCKETS.findIndex((end) => seconds <= end);
    if (bucket !== -1) this.#within[bucket]!++;
    if (this.#lastStartedAt !== undefined) this.#intervalSeconds = (startedAt - this.#lastStartedAt) / 1_000;
    this.#lastStartedAt = startedAt;
  }

  text(): string {
    const { success, failure } = this.#counts;
    let passed = 0;
    const buckets = BUCKETS.map((end, at) => {
      passed += this.#within[at]!;
      return `rpr_execution_duration_seconds_bucket{le="${end}"} ${passed}`;
    });
    const lines = [
      "# HELP rpr_executions_total Runs of the command.",
      "# TYPE rpr_executions_total counter",
      `rpr_executions_total{status="success"} ${success}`,
      `rpr_executions_total{status="failure"} ${failure}`,
      "# HELP rpr_execution_duration_seconds How long runs took.",
      "# TYPE rpr_execution_duration_seconds histogram",
      ...buckets,
      `rpr_execution_duration_seconds_bucket{le="+Inf"} ${success + failure}`,
      `rpr_execution_duration_seconds_sum ${this.#ms / 1_000}`,
      `rpr_execution_duration_seconds_count ${success + failure}`,
    ];
    if (this.#intervalSeconds !== undefined) {
      lines.push(
        "# HELP rpr_scheduler_interval_seconds Between the starts of the last two runs.",
        "# TYPE rpr_scheduler_interval_seconds gauge",
        `rpr_scheduler_interval_seconds ${this.#intervalSeconds}`,
      );
    }
    return `${lines.join("\n")}\n`;
  }
}
