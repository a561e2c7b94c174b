import { type CronPattern, type CronPatterns, localTimeZone, parseCron } from "@berth/jobs";

/** What cron daemons understand beside five parts. */
const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * @param patterns what several share: a parsed expression is large.
 * @throws HostError `CONFIG_INVALID` naming the part that is wrong.
 */
export function openPattern(expression: string, zone: string, seconds: boolean, patterns?: CronPatterns): CronPattern {
  const nickname = NICKNAMES[expression.trim().toLowerCase()];
  const options = { zone: zone === "local" ? localTimeZone() : zone, seconds: seconds && nickname === undefined };
  return patterns ? patterns.get(nickname ?? expression, options) : parseCron(nickname ?? expression, options);
}
