import { type CronPattern, localTimeZone, parseCron } from "@berth/jobs";

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

/** @throws HostError `CONFIG_INVALID` naming the part that is wrong. */
export function openPattern(expression: string, zone: string, seconds: boolean): CronPattern {
  const nickname = NICKNAMES[expression.trim().toLowerCase()];
  return parseCron(nickname ?? expression, {
    zone: zone === "local" ? localTimeZone() : zone,
    seconds: seconds && nickname === undefined,
  });
}
