import type { Health } from "@berth/contract";
import type { HealthResult } from "./health-result.ts";

/** The worse, the higher. What is not known is no reason to act. */
const BADNESS: Readonly<Record<Health, number>> = { unknown: 0, healthy: 0, degraded: 1, unhealthy: 2 };

/** The worst of what is required; what is optional makes the whole degraded at most. `unknown` when nothing is known of anything. */
export function overallHealth(results: readonly Pick<HealthResult, "health" | "isRequired">[]): Health {
  let worst = 0;
  let isKnown = false;
  for (const { health, isRequired } of results) {
    isKnown ||= health !== "unknown";
    worst = Math.max(worst, Math.min(BADNESS[health], isRequired ? 2 : 1));
  }
  if (!isKnown) return "unknown";
  return (["healthy", "degraded", "unhealthy"] as const)[worst] ?? "unhealthy";
}
