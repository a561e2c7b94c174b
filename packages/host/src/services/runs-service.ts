import type { Clock, JsonObject, JsonValue } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Storage } from "@berth/storage";

const HOUR_MS = 3_600_000;
const LONGEST_MS = 31 * 24 * HOUR_MS;
/** A day of hours: enough for a chart, whatever the period. */
const BUCKETS = 24;

/** The host service `runs`: what ran, and how it ended. */
export function createRunsService(
  runs: Storage["runs"],
  clock: Clock,
): Record<string, (input: JsonValue) => Promise<JsonValue>> {
  return {
    /**
     * Input `{ sinceMs }`: how far to look back, at most 31 days, default one day. Gives the runs of each job counted, and the whole
     * period in 24 buckets of `{ at, succeeded, failed }`; skipped runs are neither, cached ones have failed.
     */
    summary: async (input) => {
      const now = clock.now();
      const since = now - periodOf(input);
      const jobs = runs.summary({ since }).map((job) => {
        const last = runs.latest(job.job);
        return {
          job: job.job,
          type: last?.type ?? "",
          runs: job.runs,
          succeeded: job.success,
          failed: job.failed,
          skipped: job.skipped,
          cached: job.cached,
          successRate: job.successRate ?? null,
          p50Ms: job.p50Ms ?? null,
          p95Ms: job.p95Ms ?? null,
          lastOutcome: last?.outcome ?? null,
          lastError: last?.error ?? null,
          lastRunAt: last?.startedAt ?? null,
        };
      });
      return {
        jobs,
        buckets: runs.histogram({ since, until: now, buckets: BUCKETS }).map((bucket) => ({ ...bucket })),
      };
    },
  };
}

function periodOf(input: JsonValue): number {
  const sinceMs = (input as JsonObject | null)?.["sinceMs"] ?? 24 * HOUR_MS;
  if (typeof sinceMs !== "number" || !(sinceMs > 0 && sinceMs <= LONGEST_MS)) {
    throw new HostError("CONFIG_INVALID", `Cannot summarise runs: sinceMs must be a number from 1 to ${LONGEST_MS}`);
  }
  return sinceMs;
}
