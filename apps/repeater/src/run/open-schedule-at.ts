import type { Clock } from "@berth/base";
import type { CronPatterns } from "@berth/jobs";
import type { Settings } from "../config/settings.ts";
import type { RprContext } from "../context.ts";
import type { FlagSpec } from "../flags/flag.ts";
import type { ModeSpec } from "../flags/mode-table.ts";
import { openSchedule } from "../modes/open-schedule.ts";
import type { Schedule } from "../modes/schedule.ts";

/** Whose schedule it is. */
export interface ScheduledMode {
  mode: ModeSpec;
  pluginFlags: readonly FlagSpec[];
  settings: Settings;
  patterns?: CronPatterns;
}

/** The schedule of a mode by a clock that is not the program's. That of a plugin is in a host of its own, to which it is the same time. */
export async function openScheduleAt(
  clock: Clock,
  { mode, pluginFlags, settings, patterns }: ScheduledMode,
  context: RprContext,
  opened: AsyncDisposableStack,
): Promise<Schedule> {
  if (!mode.scheduler) return openSchedule(mode.name, settings, { clock, ...(patterns ? { patterns } : {}) });
  const { openPluginSide } = await import("../plugins/open-plugin-side.ts");
  const plugins = opened.use(await openPluginSide({ ...context, clock: withTimeOf(clock, context.clock) }));
  return plugins.openScheduler(mode, pluginFlags, settings);
}

/** What time it is by `shown`; how long a program of its own takes to start and to answer by `real`, whose timers go on. */
function withTimeOf(shown: Clock, real: Clock): Clock {
  return {
    now: () => shown.now(),
    monotonicMs: () => real.monotonicMs(),
    setTimer: (fire, delayMs) => real.setTimer(fire, delayMs),
  };
}
