import { LIMIT_NAMES, limitText, type LimitName, limitValue, type SurveyedPlugin } from "@berth/host/grants";
import type { Runner } from "@berth/kernel/runner";

/** One limit of a plugin. */
export interface LimitRow {
  limit: LimitName;
  value: number;
  text: string;
  /** By what it is held on this machine; `null` when by nothing. */
  heldBy: string | null;
}

const REPORT_LIMIT_MS = 30_000;

/** The limits a plugin runs with, and what holds each in its tier here; the machine is asked by trying. */
export async function limitRows(
  runners: readonly Runner[],
  { tier, limits }: Pick<SurveyedPlugin, "tier" | "limits">,
): Promise<LimitRow[]> {
  const report = await runners.find((runner) => runner.tier === tier)?.report(AbortSignal.timeout(REPORT_LIMIT_MS));
  const enforces = report?.enforces ?? {};
  return LIMIT_NAMES.flatMap((limit) => {
    const value = limitValue(limits, limit);
    const key = `limits.${limit}`;
    const heldBy = Object.hasOwn(enforces, key) ? enforces[key]! : null;
    // A default that nothing holds is none; one that somebody set has to be seen, held or not.
    const isInForce = heldBy !== null || limits[limit] !== undefined;
    return isInForce && value !== Infinity ? [{ limit, value, text: limitText(limit, value), heldBy }] : [];
  });
}
