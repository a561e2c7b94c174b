import type { Clock } from "@berth/base";
import type { EndPace } from "@berth/kernel/lifecycle";

/** For `stop` and `cleanup` of all plugins, once calls had their time. */
const HOOKS_MS = 1_200;
/** For what is ended then: a thread in native code is given up after two seconds, and databases are to be closed after that. */
const KILL_MS = 2_900;

/** What {@link Shutdown} needs. */
export interface ShutdownOptions {
  clock: Clock;
  /** Asked when the stop begins. */
  drainMs: () => number;
  /** Ends, at once and all together, what plugins still run. */
  killAll(): void;
  /** Whether something of a plugin runs on that nothing can end. */
  hasStuck(): boolean;
  /** The host is stopped as far as it can be; the process has to end without waiting for what is left. */
  onLeftBehind(why: string): void;
}

/**
 * The time that a host has to stop, counted from one moment for all of it: calls may go on for the drain, hooks for 1.2 s more,
 * then everything is ended, and what does not end is left behind. Over at the latest 4.1 s after the drain.
 */
export class Shutdown implements Disposable {
  readonly #options: ShutdownOptions;
  // Made when it begins: the first of a process loads a part of Node.js that a host which only starts does not need.
  #drainOverMade: AbortController | undefined;
  #patienceOverMade: AbortController | undefined;
  readonly #givenUp = Promise.withResolvers<void>();
  #timer: Disposable | undefined;
  #pace: EndPace | undefined;
  #ended: Promise<void> | undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  get #drainOver(): AbortController {
    return (this.#drainOverMade ??= new AbortController());
  }

  get #patienceOver(): AbortController {
    return (this.#patienceOverMade ??= new AbortController());
  }

  /** Begins to count, if it has not begun. */
  begin(): EndPace {
    if (this.#pace) return this.#pace;
    const drainMs = this.#options.drainMs();
    this.#pace = { drainMs, drainOver: this.#drainOver.signal, patienceOver: this.#patienceOver.signal };
    this.#timer = this.#options.clock.setTimer(() => this.#endDrain(), drainMs);
    return this.#pace;
  }

  /** Gives nobody any more time. */
  hurry(): void {
    this.begin();
    if (this.#patienceOver.signal.aborted) return;
    this.#timer?.[Symbol.dispose]();
    this.#drainOver.abort();
    this.#endPatience();
  }

  /** Runs `stop` in that time; it is not waited for longer. */
  run(stop: () => Promise<void>): Promise<void> {
    this.#ended ??= this.#run(stop);
    return this.#ended;
  }

  /** The host never came to be; one that stops ends its time itself. */
  [Symbol.dispose](): void {
    if (!this.#ended) this.#timer?.[Symbol.dispose]();
  }

  async #run(stop: () => Promise<void>): Promise<void> {
    this.begin();
    let isOver = false;
    const stopped = stop().finally(() => {
      isOver = true;
    });
    try {
      await Promise.race([stopped, this.#givenUp.promise]);
    } finally {
      this.#timer?.[Symbol.dispose]();
    }
    if (!isOver) {
      stopped.catch(() => undefined);
      this.#options.onLeftBehind("it did not stop in its time");
    } else if (this.#options.hasStuck()) {
      this.#options.onLeftBehind("a plugin is in native code or a system call that nothing can end");
    }
  }

  #endDrain(): void {
    this.#timer = this.#options.clock.setTimer(() => this.#endPatience(), HOOKS_MS);
    this.#drainOver.abort();
  }

  #endPatience(): void {
    this.#timer = this.#options.clock.setTimer(() => this.#givenUp.resolve(), KILL_MS);
    this.#patienceOver.abort();
    this.#options.killAll();
  }
}
