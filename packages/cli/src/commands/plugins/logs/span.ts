import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const LONGEST_MS = 7 * 86_400_000;

/** `90s`, `10m`, `2h`, `1d` in milliseconds; from a second to a week. @throws HostError `CONFIG_INVALID` naming the flag. */
export function parseSpan(flag: string, given: string): number {
  const [, figure, unit] = /^(\d{1,6}(?:\.\d{1,3})?)(s|m|h|d)$/.exec(given) ?? [];
  const ms = figure === undefined ? NaN : Math.round(Number(figure) * UNITS[unit!]!);
  if (ms >= 1_000 && ms <= LONGEST_MS) return ms;
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot read ${flag} "${neutraliseLine(given, 50)}": use a number and a unit, from 1s to 7d, such as 90s, 10m or 2h`,
  );
}
