import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import { CRON_NICKNAMES, type CronPattern, type CronPatterns, localTimeZone, parseCron } from "@berth/jobs";

/**
 * @param patterns what several share: a parsed expression is large.
 * @throws HostError `CONFIG_INVALID` naming the part that is wrong.
 */
export function openPattern(expression: string, zone: string, seconds: boolean, patterns?: CronPatterns): CronPattern {
  const nickname = CRON_NICKNAMES[expression.trim().toLowerCase()];
  if (!seconds && nickname === undefined && expression.trim().split(/\s+/).length === 6) {
    throw new HostError(
      "CONFIG_INVALID",
      `Cannot use the schedule "${neutraliseLine(expression, 100)}": it has six parts; say --seconds where the first is for the second`,
    );
  }
  const options = { zone: zone === "local" ? localTimeZone() : zone, seconds: seconds && nickname === undefined };
  return patterns ? patterns.get(nickname ?? expression, options) : parseCron(nickname ?? expression, options);
}
