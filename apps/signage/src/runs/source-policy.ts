import { NO_RETRY, type PartialCallPolicy, type PolicyExtras, type RetryPolicy } from "@berth/kernel/calls";
import type { SourceConfig } from "../config/index.ts";

const HOUR_MS = 3_600_000;

/** Whether something of the entry stands in `sources.yaml`, and is not only its default. */
type IsSaid = (key: "timeout" | "retry" | "fallback", part?: string) => boolean;

/**
 * What one entry of `sources.yaml` means for the calls of its source; the bounds were checked with the file. What is said there wins over
 * manifest and `berth.yaml`; the defaults do not.
 */
export function sourcePolicy(source: SourceConfig, failureThreshold: number, isSaid: IsSaid): Required<PolicyExtras> {
  const whole = wholePolicy(source, failureThreshold);
  const { enabled } = source.retry;
  return {
    base: whole,
    said: {
      ...(isSaid("timeout") ? { deadlineMs: whole.deadlineMs } : {}),
      retry: enabled
        ? pick<RetryPolicy>(whole.retry, {
            maxAttempts: isSaid("retry", "max_attempts"),
            waitsMs: isSaid("retry", "backoff_seconds"),
            jitter: isSaid("retry", "backoff_seconds"),
          })
        : NO_RETRY,
      fallback: pick(whole.fallback, {
        useCached: isSaid("fallback", "use_cached"),
        maxAgeMs: isSaid("fallback", "max_age_hours"),
      }),
    },
  };
}

function wholePolicy({ timeout, retry, fallback }: SourceConfig, failureThreshold: number) {
  return {
    deadlineMs: timeout * 1_000,
    retry: {
      maxAttempts: retry.max_attempts,
      waitsMs: retry.backoff_seconds.map((seconds) => seconds * 1_000),
      jitter: "none", // the file names the waits themselves
    },
    // A source runs every few minutes: each of several probes would be one more picture that is missing.
    breaker: { failureThreshold, probes: 1, successesToClose: 1 },
    // Two runs of one source never overlap; whoever asks for a second one waits.
    concurrency: { maxInFlight: 1, maxQueued: 10 },
    fallback: { useCached: fallback.use_cached, maxAgeMs: fallback.max_age_hours * HOUR_MS },
  } satisfies PartialCallPolicy;
}

function pick<T extends object>(values: T, wanted: { readonly [Key in keyof T]: boolean }): Partial<T> {
  const kept = Object.entries(values).filter(([key]) => wanted[key as keyof T]);
  return Object.fromEntries(kept) as Partial<T>;
}
