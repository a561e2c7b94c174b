import { configError, type PluginContext } from "@berth/sdk";

const DAY_MS = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Days and times in one zone. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat;

  /** @throws HostError `CONFIG_INVALID` when there is no such zone. */
  constructor(timeZone: string | undefined, ctx: PluginContext) {
    try {
      this.#format = new Intl.DateTimeFormat("en-CA", {
        ...(timeZone === undefined ? {} : { timeZone }),
        dateStyle: "short",
        timeStyle: "short",
        hourCycle: "h23",
      });
    } catch {
      throw configError(ctx, "time_zone", `must be a time zone such as Europe/Oslo, found ${JSON.stringify(timeZone)}`);
    }
  }

  /** `2026-04-01`. */
  dayOf(at: number): string {
    return this.#format.format(at).slice(0, 10);
  }

  /** The last `count` days, today last. Counted in dates, since a day with a clock change has 23 or 25 hours. */
  lastDays(count: number, now: number): string[] {
    const today = Date.parse(this.dayOf(now));
    return Array.from({ length: count }, (_, index) => {
      return new Date(today - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    });
  }

  /** `1 Apr 14:05`. */
  moment(at: number): string {
    return `${dayName(this.dayOf(at))} ${this.#format.format(at).slice(-5)}`;
  }
}

/** `1 Apr`, of `2026-04-01`. */
export function dayName(day: string): string {
  const [, month, date] = day.split("-");
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? month}`;
}
