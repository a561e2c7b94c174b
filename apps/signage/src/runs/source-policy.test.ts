import { configuredPolicy } from "@berth/kernel/calls";
import { describe, expect, test } from "vitest";
import type { SourceConfig } from "../config/index.ts";
import { sourcePolicy } from "./source-policy.ts";

const SOURCE = {
  timeout: 30,
  retry: { enabled: true, max_attempts: 3, backoff_seconds: [1, 2, 4] },
  fallback: { use_cached: false, max_age_hours: 24 },
} as SourceConfig;

const BY_OPERATOR = {
  deadline_ms: 5_000,
  retry: { max_attempts: 7, waits_ms: [9], jitter: "full" as const },
  fallback: { use_cached: true },
  rate: { per_second: 2 },
};

describe("sourcePolicy", () => {
  test("is under what the operator says of the plugin where sources.yaml is silent, and over it where it is not [BWK-17]", () => {
    const silent = configuredPolicy(
      "source",
      [BY_OPERATOR],
      sourcePolicy(SOURCE, 3, () => false),
    );
    expect(silent).toMatchObject({
      deadlineMs: 5_000,
      retry: { maxAttempts: 7, waitsMs: [9], jitter: "full" },
      fallback: { useCached: true, maxAgeMs: 24 * 3_600_000 },
      breaker: { failureThreshold: 3 },
      rate: { perSecond: 2 },
    });
    const said = (key: string, part?: string): boolean => key === "timeout" || part === "backoff_seconds";
    const some = configuredPolicy("source", [BY_OPERATOR], sourcePolicy(SOURCE, 3, said));
    expect(some).toMatchObject({
      deadlineMs: 30_000,
      retry: { maxAttempts: 7, waitsMs: [1_000, 2_000, 4_000], jitter: "none" },
      fallback: { useCached: true },
    });
  });

  test("makes one attempt where retry is switched off, whatever else is said", () => {
    const off = { ...SOURCE, retry: { ...SOURCE.retry, enabled: false } };
    expect(
      configuredPolicy(
        "source",
        [BY_OPERATOR],
        sourcePolicy(off, 3, () => false),
      ).retry?.maxAttempts,
    ).toBe(1);
  });

  test("waits what the file says by default, one after the other [SIG-96]", () => {
    expect(
      configuredPolicy(
        "source",
        [],
        sourcePolicy(SOURCE, 3, () => false),
      ).retry,
    ).toEqual({
      maxAttempts: 3,
      waitsMs: [1_000, 2_000, 4_000],
      jitter: "none",
    });
  });
});
