import type { Clock } from "@berth/base";
import type { LogLevel } from "@berth/contract";
import type { LogLevels } from "./log-levels.ts";

/** Which lines of one plugin are kept. */
export interface PluginLogLevel {
  level: LogLevel;
  /** What holds when nothing is set. */
  configured: LogLevel;
  /** When it goes back to that, in milliseconds since 1970; absent: with the host, or it is that already. */
  until?: number;
}

/** Sets for a while which lines of a plugin are kept. */
export class PluginLogLevels implements Disposable {
  readonly #levels: LogLevels;
  readonly #clock: Clock;
  readonly #timers = new Map<string, { until: number; timer: Disposable }>();

  constructor(levels: LogLevels, clock: Clock) {
    this.#levels = levels;
    this.#clock = clock;
  }

  of(plugin: string): PluginLogLevel {
    const source = sourceOf(plugin);
    const until = this.#timers.get(plugin)?.until;
    const configured = this.#levels.configured(source);
    return { level: this.#levels.of(source), configured, ...(until === undefined ? {} : { until }) };
  }

  /** Until the host ends or `forMs` are over; `undefined` is what is configured. */
  set(plugin: string, level: LogLevel | undefined, forMs?: number): PluginLogLevel {
    this.#timers.get(plugin)?.timer[Symbol.dispose]();
    this.#timers.delete(plugin);
    this.#levels.set(sourceOf(plugin), level);
    if (level !== undefined && forMs !== undefined) {
      const timer = this.#clock.setTimer(() => this.set(plugin, undefined), forMs);
      this.#timers.set(plugin, { until: this.#clock.now() + forMs, timer });
    }
    return this.of(plugin);
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }
}

function sourceOf(plugin: string): string {
  return `plugin/${plugin}`;
}
