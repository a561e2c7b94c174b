/** Totals of all runs. Numbers only: memory does not grow with the runs. */
export class Counters {
  runs = 0;
  successes = 0;
  failures = 0;
  /** Failures since the last success. */
  consecutiveFailures = 0;
  totalMs = 0;
  shortestMs = Infinity;
  longestMs = 0;

  add(success: boolean, durationMs: number): void {
    this.runs++;
    if (success) this.successes++;
    else this.failures++;
    this.consecutiveFailures = success ? 0 : this.consecutiveFailures + 1;
    this.totalMs += durationMs;
    this.shortestMs = Math.min(this.shortestMs, durationMs);
    this.longestMs = Math.max(this.longestMs, durationMs);
  }
}
