import type { Health } from "@berth/contract";
import type { EventBus } from "@berth/kernel/events";
import { publishSystemEvent } from "../events/system-events.ts";
import type { Log } from "../log/index.ts";
import type { HostHealth } from "./host-health.ts";

/** What {@link tellHealth} listens to, and where it tells. */
export interface TellHealthOptions {
  health: Pick<HostHealth, "onDidChange">;
  events: Pick<EventBus, "publish">;
  log: Log;
}

const LEVELS = { unhealthy: "warn", degraded: "warn", healthy: "info" } as const;

/**
 * Says in the log, and as an event, when a plugin or the host is otherwise than was told last; until disposed. That one was started and is
 * well, or was stopped, is no news: other events tell that.
 */
export function tellHealth({ health, events, log }: TellHealthOptions): Disposable {
  const told = new Map<string, Health>();
  return health.onDidChange(({ result }) => {
    const { name, health: now, message } = result;
    const before = told.get(name) ?? "healthy";
    if (now === "unknown" || now === before) return;
    told.set(name, now);
    const [kind = "", what = ""] = name.split("/", 2);
    const facts = { health: now, before, message: message ?? null };
    if (kind === "plugin") publishSystemEvent(events, "plugin.health", { plugin: what, ...facts });
    else publishSystemEvent(events, "host.health", { check: what, ...facts });
    const whose = kind === "plugin" ? `Plugin "${what}"` : `The host's ${what}`;
    log.write(LEVELS[now], `${whose} is ${now}${message === undefined ? "" : `: ${message}`}`, { was: before });
  });
}
