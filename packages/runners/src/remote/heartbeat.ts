import type { Clock } from "@berth/base";

/** How a plugin's pulse is taken. */
export interface HeartbeatOptions {
  /** How often it is looked at. */
  everyMs: number;
  /** How long an answer may take. */
  limitMs: number;
  /** A plugin that nothing is asked of is looked at after so long only: waking it costs more than it tells. */
  idleMs: number;
}

/** Long pauses of a garbage collector, and a slow machine, stay below the limit; the deadline of a call is what usually ends one. */
export const HEARTBEAT: HeartbeatOptions = { everyMs: 5_000, limitMs: 30_000, idleMs: 60_000 };

/** What {@link Heartbeat} watches over. */
export interface HeartbeatSubject {
  clock: Clock;
  isBusy(): boolean;
  /** Whether somebody has stopped it on purpose; it is not taken for hung then. */
  isPaused(): boolean;
  /** Rejects unless it answers within `limitMs`. */
  ping(limitMs: number, signal: AbortSignal): Promise<void>;
  onSilence(): void;
}

/** Asks again and again whether somebody is there. */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions;
  readonly #subject: HeartbeatSubject;
  readonly #over = new AbortController();
  #heardMs: number;
  #timer: Disposable;

  constructor(subject: HeartbeatSubject, options: HeartbeatOptions) {
    this.#options = options;
    this.#subject = subject;
    this.#heardMs = subject.clock.monotonicMs();
    this.#timer = this.#arm();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#over.abort();
  }

  #arm(): Disposable {
    return this.#subject.clock.setTimer(() => void this.#beat(), this.#options.everyMs);
  }

  async #beat(): Promise<void> {
    if (this.#isDue() && !(await this.#isAnswered()) && !this.#over.signal.aborted && !this.#subject.isPaused()) {
      this.#subject.onSilence();
      return;
    }
    if (!this.#over.signal.aborted) this.#timer = this.#arm();
  }

  #isDue(): boolean {
    if (this.#subject.isPaused()) return false;
    return this.#subject.isBusy() || this.#subject.clock.monotonicMs() - this.#heardMs >= this.#options.idleMs;
  }

  async #isAnswered(): Promise<boolean> {
    try {
      await this.#subject.ping(this.#options.limitMs, this.#over.signal);
    } catch {
      return false;
    }
    this.#heardMs = this.#subject.clock.monotonicMs();
    return true;
  }
}
