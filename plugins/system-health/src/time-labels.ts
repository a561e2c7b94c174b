import { configError, type PluginContext } from "@berth/sdk";

const DAY_MS = 86_400_000;

/** Writes moments for the axis of a chart. */
export interface TimeLabels {
  /** `14:05`, or `Wed 14:00` when the chart spans more than a day and a half. */
  label(at: number, spanMs: number): string;
}

/** @throws HostError `CONFIG_INVALID` when there is no such zone. */
export function createTimeLabels(timeZone: string | undefined, ctx: PluginContext): TimeLabels {
  try {
    const zone = timeZone === undefined ? {} : { timeZone };
    const hour = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
    const day = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "short", hour: "2-digit", minute: "2-digit" });
    return { label: (at, spanMs) => (spanMs > 1.5 * DAY_MS ? day : hour).format(at).replace(",", "") };
  } catch {
    throw configError(ctx, "time_zone", `must be a time zone such as Europe/Oslo, found ${JSON.stringify(timeZone)}`);
  }
}
