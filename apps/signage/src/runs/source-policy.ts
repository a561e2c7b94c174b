import { NO_RETRY, type PartialCallPolicy } from "@berth/kernel/calls";
import type { SourceConfig } from "../config/index.ts";

const HOUR_MS = 3_600_000;

/** The call policy that one entry of `sources.yaml` asks for; the bounds were checked with the file. */
export function sourcePolicy(source: SourceConfig, failureThreshold: number): PartialCallPolicy {
  return {
    deadlineMs: source.timeout * 1_000,
    retry: source.retry.enabled
      ? {
          maxAttempts: source.retry.max_attempts,
          waitsMs: source.retry.backoff_seconds.map((seconds) => seconds * 1_000),
          jitter: "none", // the file names the waits themselves
        }
      : NO_RETRY,
    // A source runs every few minutes: each of several probes would be one more picture that is missing.
    breaker: { failureThreshold, probes: 1, successesToClose: 1 },
    // Two runs of one source never overlap; whoever asks for a second one waits.
    concurrency: { maxInFlight: 1, maxQueued: 10 },
    fallback: { useCached: source.fallback.use_cached, maxAgeMs: source.fallback.max_age_hours * HOUR_MS },
  };
}
