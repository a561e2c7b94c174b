import type { Clock, JsonObject } from "@berth/base";
import { type Alert, AlertBoard, type AlertFigures, type AlertRule, HEALTH_FIGURES } from "@berth/kernel/alerts";
import type { EventBus } from "@berth/kernel/events";
import { publishSystemEvent } from "../events/system-events.ts";
import type { HostHealth } from "../health/host-health.ts";
import type { Log } from "../log/index.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { HostUsage, PluginUsage, UsageSnapshot } from "../usage/plugin-usage.ts";
import type { UsageSampler } from "../usage/usage-sampler.ts";

/** An alert that was raised or cleared, as it is told outside. */
export interface AlertNews {
  state: "raised" | "cleared";
  /** Milliseconds since 1970. */
  at: number;
  /** When it was raised. */
  since: number;
  alert: Alert;
}

/** What {@link AlertDesk} needs. */
export interface AlertDeskOptions {
  rules: readonly AlertRule[];
  usage: Pick<UsageSampler, "onDidSample">;
  health: Pick<HostHealth, "of">;
  directory: () => PluginDirectory;
  events: Pick<EventBus, "publish">;
  clock: Clock;
  log: Log;
  /** Hears of all that was raised or cleared by one look; must not block. */
  onNews?: (news: readonly AlertNews[]) => void;
}

const LEVELS = { info: "info", warning: "warn", critical: "error" } as const;

/** Holds what plugins and host use against the rules, at each look, and tells of what is a problem and of what is none any more. */
export class AlertDesk implements Disposable {
  readonly #options: AlertDeskOptions;
  readonly #board: AlertBoard;
  readonly #listening: Disposable;

  constructor(options: AlertDeskOptions) {
    this.#options = options;
    this.#board = new AlertBoard(options.rules);
    this.#listening = options.usage.onDidSample((snapshot) => this.#look(snapshot));
  }

  /** The alerts there are, the oldest first; `since` in milliseconds since 1970. */
  get active(): readonly Alert[] {
    return this.#board.active.map((alert) => ({ ...alert, since: this.#wallTime(alert.since) }));
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  #look({ host, plugins }: UsageSnapshot): void {
    const { clock, directory, health, onNews } = this.#options;
    const known = plugins.filter(({ plugin }) => directory().has(plugin));
    const { raised, cleared } = this.#board.look({
      at: clock.monotonicMs(),
      host: hostFigures(host),
      plugins: known.map((usage) => {
        const { plugin, callsLately, restarts } = usage;
        const { health: now } = health.of(directory().get(plugin));
        return { plugin, callsLately, restarts, figures: { ...figuresOf(usage), health: HEALTH_FIGURES[now] } };
      }),
    });
    const at = clock.now();
    const news = (state: AlertNews["state"], alert: Alert): AlertNews => {
      const since = this.#wallTime(alert.since);
      return { state, at, since, alert };
    };
    const all = [...raised.map((alert) => news("raised", alert)), ...cleared.map((alert) => news("cleared", alert))];
    for (const one of all) this.#tell(one);
    if (all.length > 0) onNews?.(all);
  }

  #tell({ state, alert, since }: AlertNews): void {
    const { events, log } = this.#options;
    const { rule, severity, plugin, metric, value, above, message } = alert;
    const facts: JsonObject = { rule, severity, plugin: plugin ?? null, metric, value, above, since };
    if (state === "raised") log.write(LEVELS[severity], `Alert: ${message}`, facts);
    else log.info(`No alert any more: ${message}`, facts);
    publishSystemEvent(events, state === "raised" ? "alert.raised" : "alert.cleared", { ...facts, message });
  }

  #wallTime(monotonicMs: number): number {
    const { clock } = this.#options;
    return Math.round(clock.now() - (clock.monotonicMs() - monotonicMs));
  }
}

function figuresOf(usage: PluginUsage): AlertFigures {
  return {
    cpu_percent: usage.cpuPercent,
    memory_mb: usage.memoryMb,
    memory_percent: usage.memoryPercent,
    handles: usage.handles,
    connections: usage.connections,
    calls_per_second: usage.callsPerSecond,
    errors_per_second: usage.errorsPerSecond,
    error_percent: usage.errorPercent,
    p50_ms: usage.p50Ms,
    p95_ms: usage.p95Ms,
    p99_ms: usage.p99Ms,
  };
}

function hostFigures({ cpuPercent, memoryMb, eventLoopDelayMs }: HostUsage): AlertFigures {
  return { host_cpu_percent: cpuPercent, host_memory_mb: memoryMb, host_event_loop_delay_ms: eventLoopDelayMs };
}
