import type { JsonObject } from "@berth/base";
import type { HostError } from "@berth/contract";
import { factsOf } from "./call-errors.ts";
import { LONGEST_RETRY_AFTER_MS, type RetryPolicy } from "./policy.ts";

/**
 * How long to wait after attempt number `attempt` (from 1) failed with `error`, before the next; `undefined` when it was the last
 * or another would fail the same way: by the nature of its code, or because the callee says `retryable: false` in the details.
 *
 * @param random from 0 to 1; where the whole wait is drawn.
 */
export function waitBeforeRetryMs(
  policy: RetryPolicy,
  attempt: number,
  error: HostError,
  random: () => number,
): number | undefined {
  const facts = factsOf(error);
  if (attempt >= policy.maxAttempts || !error.info.retry || facts["retryable"] === false) return undefined;
  const { waitsMs, jitter } = policy;
  const longestMs = waitsMs[Math.min(attempt, waitsMs.length) - 1] ?? 0;
  const waitMs = jitter === "full" ? longestMs * random() : longestMs;
  return Math.max(waitMs, Math.min(retryAfterMs(facts), LONGEST_RETRY_AFTER_MS));
}

/** What the upstream asked for, carried in the details by whoever read its answer. */
function retryAfterMs(facts: JsonObject): number {
  const asked = facts["retryAfterMs"];
  return typeof asked === "number" && asked > 0 ? asked : 0;
}
