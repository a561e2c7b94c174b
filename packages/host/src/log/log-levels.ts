import { LOG_LEVELS, type LogLevel } from "@berth/contract";

/**
 * The least severe lines that are kept, of each source: what was set while the host runs, else what `berth.yaml` says of the plugin, else
 * what holds for all.
 */
export class LogLevels {
  readonly #everyone: () => LogLevel;
  readonly #configured: (source: string) => LogLevel | undefined;
  readonly #set = new Map<string, LogLevel>();

  /** Both are asked for every line, so a change holds at once. */
  constructor(
    everyone: LogLevel | (() => LogLevel),
    configured: (source: string) => LogLevel | undefined = () => undefined,
  ) {
    this.#everyone = typeof everyone === "function" ? everyone : () => everyone;
    this.#configured = configured;
  }

  of(source: string): LogLevel {
    return this.#set.get(source) ?? this.configured(source);
  }

  /** What holds where nothing was set. */
  configured(source: string): LogLevel {
    return this.#configured(source) ?? this.#everyone();
  }

  /** Until the host ends, or `undefined` is set. */
  set(source: string, level: LogLevel | undefined): void {
    if (level === undefined) this.#set.delete(source);
    else this.#set.set(source, level);
  }

  isKept(source: string, level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.of(source));
  }
}
