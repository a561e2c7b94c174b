import { errorMessage } from "@berth/base";
import type { Capabilities, ScheduleRequest } from "@berth/contract";
import type { Handlers } from "./handlers.ts";
import type { Schedule, Scheduled } from "./plugin-context.ts";

/** `ctx.schedule`: the host says when, this calls. */
export function createSchedule(host: Capabilities, handlers: Handlers): Schedule {
  const start = (request: ScheduleRequest, call: Scheduled): Promise<Disposable> => {
    let isBusy = false;
    const fire = async (): Promise<void> => {
      if (isBusy) return;
      isBusy = true;
      try {
        await call();
      } catch (error) {
        host.log({ level: "error", message: `A scheduled function failed: ${errorMessage(error)}` });
      } finally {
        isBusy = false;
      }
    };
    return host.schedule(request, () => void handlers.track(fire()));
  };
  return Object.freeze({
    after: (afterMs: number, call: Scheduled) => start({ afterMs }, call),
    every: (everyMs: number, call: Scheduled) => start({ everyMs }, call),
    cron: (cron: string, call: Scheduled, { timeZone }: { timeZone?: string } = {}) =>
      start(timeZone === undefined ? { cron } : { cron, timeZone }, call),
  });
}
