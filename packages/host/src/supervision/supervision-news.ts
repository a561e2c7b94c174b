import type { Clock } from "@berth/base";
import type { EventBus } from "@berth/kernel/events";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { Verdict } from "@berth/kernel/supervision";
import { publishSystemEvent } from "../events/system-events.ts";
import type { Log } from "../log/index.ts";
import type { LastExit } from "./care.ts";
import { isOrderly } from "./is-orderly.ts";
import { gaveUp, type GivenUp } from "./supervision-errors.ts";

/** What {@link SupervisionNews} tells by. */
export interface SupervisionNewsOptions {
  clock: Clock;
  log: Pick<Log, "info" | "warn" | "error">;
  events: Pick<EventBus, "publish">;
}

/** Tells of what supervision does, as events and in the log. */
export class SupervisionNews {
  readonly #options: SupervisionNewsOptions;

  constructor(options: SupervisionNewsOptions) {
    this.#options = options;
  }

  crashed({ name, manifest }: ManagedPlugin, { kind, reason }: LastExit, verdict: Verdict): void {
    const { events, log } = this.#options;
    const restartInMs = verdict.do === "restart" ? verdict.waitMs : null;
    const about = { plugin: name, version: manifest.plugin.version, kind, reason, restartInMs };
    publishSystemEvent(events, "plugin.crashed", about);
    const level = isOrderly(kind) ? "info" : "warn";
    log[level](`Plugin "${name}" ended by itself (${kind}): ${reason}; ${nextStep(verdict)}`, { plugin: name });
  }

  /** A restart that failed. */
  notStarted(name: string, reason: string, verdict: Verdict): void {
    this.#options.log.warn(`${reason}; ${nextStep(verdict)}`, { plugin: name });
  }

  /** @param because how it ended, or for whose sake it was stopped. */
  restarted({ name, manifest }: ManagedPlugin, because: string, startedMs: number, restarts: number): void {
    const { events, log, clock } = this.#options;
    const tookMs = Math.round(clock.monotonicMs() - startedMs);
    const about = { plugin: name, version: manifest.plugin.version, because, restarts, tookMs };
    publishSystemEvent(events, "plugin.restarted", about);
    log.info(`Plugin "${name}" runs again, after ${tookMs} ms`, { plugin: name, restarts });
  }

  gaveUp({ manifest }: ManagedPlugin, given: GivenUp, stopped: readonly string[]): void {
    const { events, log } = this.#options;
    const { plugin, restarts, periodMs, reason } = given;
    const about = { plugin, version: manifest.plugin.version, restarts, periodMs, reason, stopped: [...stopped] };
    publishSystemEvent(events, "plugin.gave_up", about);
    log.error(`${gaveUp(given).message}; \`berth plugins restart ${plugin}\` tries it again`, { plugin });
  }
}

function nextStep(verdict: Verdict): string {
  if (verdict.do === "restart")
    return verdict.waitMs === 0 ? "it is started again" : `it is started again in ${verdict.waitMs} ms`;
  return verdict.do === "leave" ? "it is started again when it is used" : "it has used up its restarts";
}
