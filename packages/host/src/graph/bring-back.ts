import { type Clock, errorMessage } from "@berth/base";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { Log } from "../log/index.ts";

/** What {@link BringBack} needs. */
export interface BringBackOptions {
  clock: Clock;
  log: Pick<Log, "info" | "warn">;
}

/** After so long it is tried again; then whoever waits has to be helped by somebody. */
const WAITS_MS = [0, 1_000, 5_000, 30_000];

/** One that has run for so long after it came back begins from the first wait again. */
const WELL_AFTER_MS = 60_000;

interface Attempts {
  made: number;
  lastMs: number;
  timer?: Disposable | undefined;
}

/** Starts plugins that have failed and that others wait for. */
export class BringBack implements AsyncDisposable {
  readonly #options: BringBackOptions;
  readonly #attempts = new Map<ManagedPlugin, Attempts>();
  readonly #running = new Set<Promise<void>>();
  readonly #over = new AbortController();

  constructor(options: BringBackOptions) {
    this.#options = options;
  }

  begin(plugin: ManagedPlugin): void {
    if (this.#over.signal.aborted) return;
    const { clock, log } = this.#options;
    const now = clock.monotonicMs();
    const before = this.#attempts.get(plugin);
    if (before?.timer) return;
    const attempts = before && now - before.lastMs < WELL_AFTER_MS ? before : { made: 0, lastMs: now };
    this.#attempts.set(plugin, attempts);
    const waitMs = WAITS_MS[attempts.made];
    if (waitMs === undefined) {
      log.warn(`Plugin "${plugin.name}" has failed ${attempts.made} times in a row and is left alone`);
      return;
    }
    attempts.timer = clock.setTimer(() => {
      attempts.timer = undefined;
      this.#own(this.#try(plugin, attempts));
    }, waitMs);
  }

  stop(): void {
    this.#over.abort();
    for (const { timer } of this.#attempts.values()) timer?.[Symbol.dispose]();
    this.#attempts.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.all(this.#running);
  }

  async #try(plugin: ManagedPlugin, attempts: Attempts): Promise<void> {
    const { clock, log } = this.#options;
    attempts.made++;
    attempts.lastMs = clock.monotonicMs();
    if (plugin.serving) return;
    try {
      await plugin.activate(this.#over.signal);
    } catch (error) {
      if (this.#over.signal.aborted) return;
      log.warn(`Cannot bring back plugin "${plugin.name}", which others wait for: ${errorMessage(error)}`);
      this.begin(plugin);
    }
  }

  #own(work: Promise<void>): void {
    const owned = work.finally(() => this.#running.delete(owned));
    this.#running.add(owned);
  }
}
