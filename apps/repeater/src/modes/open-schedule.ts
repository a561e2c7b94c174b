import type { Clock } from "@berth/base";
import type { CronPatterns } from "@berth/jobs";
import type { Settings } from "../config/settings.ts";
import type { SeriesState } from "../run/state-file.ts";
import { Once } from "./once.ts";
import type { CatchUp, Schedule } from "./schedule.ts";
import { Ticker } from "./ticker.ts";

/** The schedule of a core mode. @throws HostError `CONFIG_INVALID` for a cron expression or zone that is none. */
export async function openSchedule(
  mode: string,
  settings: Settings,
  { clock, state, patterns }: { clock: Clock; state?: SeriesState | undefined; patterns?: CronPatterns },
): Promise<Schedule> {
  const catchUp = settings.text("catch-up") as CatchUp;
  const lastSlot = state?.lastSlot ?? undefined;
  if (mode !== "cron") {
    const everyMs = settings.number("every") ?? 0;
    const firstDelayMs = lastSlot === undefined ? 0 : Math.max(0, lastSlot + everyMs - clock.now());
    return new Ticker({ clock, everyMs, catchUp, firstDelayMs });
  }
  const expression = settings.text("cron")!;
  if (expression.trim().toLowerCase() === "@reboot") return new Once();
  // Loaded here: the parser is the larger part of what a start would otherwise read.
  const [{ CronSchedule }, { openPattern }] = await Promise.all([
    import("./cron-schedule.ts"),
    import("./cron-pattern.ts"),
  ]);
  const pattern = openPattern(expression, settings.text("timezone")!, settings.isOn("seconds"), patterns);
  return new CronSchedule({ pattern, clock, catchUp, lastSlot });
}
