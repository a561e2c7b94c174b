import type { Limits } from "@berth/contract";
import type { GenerationLimits } from "@berth/kernel/lifecycle";
import { withStandardLimits } from "./standard-limits.ts";

const STOP_TIMEOUT_MS = 5_000; // longer only delays a shutdown that will not get better
const DRAIN_MS = 10_000; // most calls of signage and the repeater are over by then

/** What the host itself holds a plugin's steps and calls to. @param limits as they were granted. */
export function generationLimits(limits: Limits): GenerationLimits {
  const { start_timeout_ms, concurrency, call_timeout_ms } = withStandardLimits(limits);
  return {
    startTimeoutMs: start_timeout_ms,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    drainMs: DRAIN_MS,
    concurrency,
    callTimeoutMs: call_timeout_ms,
  };
}
