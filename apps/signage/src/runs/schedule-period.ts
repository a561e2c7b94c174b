import { parseCron } from "@berth/jobs";

/** Runs looked at: a week of a schedule of every hour, enough for the gaps of working hours and weekends. */
const LOOKED_AT = 200;

/** The shortest time between two runs of a schedule, seconds; `undefined` when it never runs twice or is no schedule. */
export function schedulePeriod(expression: string, timezone: string): number | undefined {
  let shortestMs = Infinity;
  try {
    const pattern = parseCron(expression, { zone: timezone });
    let slot = pattern.next(Date.UTC(2026, 0, 1));
    for (let looked = 0; slot !== undefined && looked < LOOKED_AT; looked++) {
      const next = pattern.next(slot);
      if (next !== undefined) shortestMs = Math.min(shortestMs, next - slot);
      slot = next;
    }
  } catch {
    return undefined; // The file's own check says what is wrong with it.
  }
  return shortestMs === Infinity ? undefined : shortestMs / 1_000;
}
