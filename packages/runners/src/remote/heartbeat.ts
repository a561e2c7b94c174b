import type { Clock } from "@berth/base";
import type { Pulse } from "@berth/kernel/watchdog";

/** How a plugin's pulse is taken. */
export interface HeartbeatOptions {
  /** How often one is asked that something is under way in. */
  everyMs: number;
  /** Without an answer for so long it is said to be unresponsive. */
  unresponsiveMs: number;
  /** Without an answer for so long it is given up. */
  limitMs: number;
  /** One that nothing is asked of is looked at after so long only: waking it costs more than it tells. */
  idleMs: number;
}

/** Often enough that silence is told of in time; rare enough not to be noticed beside what is under way. */
export const EVERY_MS = 500;
export const IDLE_MS = 60_000;
/** Between two looks from outside at one that nothing is asked of. */
const GLANCE_MS = 5_000;
/**
 * When the host itself was held up, by a long pause or by Ctrl-Z, the answer lies there unread: it is read first.
 */
const LAST_CHANCE_MS = 100;

/** What {@link Heartbeat} watches over. */
export interface HeartbeatSubject {
  clock: Clock;
  isBusy(): boolean;
  /** Whether somebody has stopped it on purpose; it is not taken for hung then. */
  isPaused(): boolean;
  /** Whether it ran without a pause since this was last asked, where that can be seen from outside without waking it. */
  runsOn?: (() => boolean) | undefined;
  /** Rejects unless it answers within `limitMs`. */
  ping(limitMs: number, signal: AbortSignal): Promise<void>;
  onPulse(pulse: Pulse): void;
  onSilence(silentMs: number): void;
}

/**
 * Asks again and again whether somebody is there, while something is under way there. One that rests costs a timer that seldom
 * fires.
 */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions;
  readonly #subject: HeartbeatSubject;
  readonly #over = new AbortController();
  #heardMs: number;
  #isAwake = false;
  #timer: Disposable;

  constructor(subject: HeartbeatSubject, options: HeartbeatOptions) {
    this.#options = options;
    this.#subject = subject;
    this.#heardMs = subject.clock.monotonicMs();
    this.#timer = this.#arm();
  }

  /** Something is under way from now on. */
  wake(): void {
    if (this.#isAwake || this.#over.signal.aborted) return;
    this.#isAwake = true;
    this.#heardMs = this.#now();
    this.#timer[Symbol.dispose]();
    this.#timer = this.#arm();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#over.abort();
  }

  #arm(): Disposable {
    const { everyMs, idleMs } = this.#options;
    const restingMs = this.#subject.runsOn ? Math.min(GLANCE_MS, idleMs) : idleMs;
    return this.#subject.clock.setTimer(() => void this.#beat(), this.#isAwake ? everyMs : restingMs);
  }

  async #beat(): Promise<void> {
    const isDue = this.#isDue();
    if (isDue && !(await this.#isAnswered())) return;
    this.#isAwake = this.#subject.isBusy();
    if (!this.#over.signal.aborted) this.#timer = this.#arm();
  }

  #isDue(): boolean {
    const subject = this.#subject;
    if (subject.isPaused()) {
      this.#heardMs = this.#now();
      return false;
    }
    return subject.isBusy() || this.#now() - this.#heardMs >= this.#options.idleMs || subject.runsOn?.() === true;
  }

  /** @returns false when it was given up. */
  async #isAnswered(): Promise<boolean> {
    const { unresponsiveMs, limitMs } = this.#options;
    const subject = this.#subject;
    // What it did while nobody asked is not known.
    let silentSince = this.#isAwake ? this.#heardMs : this.#now();
    let isSaid = false;
    while (!this.#over.signal.aborted) {
      const silentMs = this.#now() - silentSince;
      const untilNext = (isSaid || unresponsiveMs >= limitMs ? limitMs : unresponsiveMs) - silentMs;
      if (await this.#answersWithin(Math.max(untilNext, 1))) {
        this.#heardMs = this.#now();
        if (isSaid) subject.onPulse({ kind: "responsive", silentMs: this.#heardMs - silentSince });
        return true;
      }
      if (this.#over.signal.aborted) return false;
      if (subject.isPaused()) silentSince = this.#now();
      else if (this.#now() - silentSince >= limitMs) {
        subject.onSilence(this.#now() - silentSince);
        return false;
      } else if (!isSaid && this.#now() - silentSince >= unresponsiveMs) {
        isSaid = true;
        subject.onPulse({ kind: "unresponsive", silentMs: this.#now() - silentSince });
      }
    }
    return false;
  }

  async #answersWithin(limitMs: number): Promise<boolean> {
    const lastMs = Math.min(LAST_CHANCE_MS, limitMs / 2);
    for (const ms of [limitMs - lastMs, lastMs]) {
      try {
        await this.#subject.ping(ms, this.#over.signal);
        return true;
      } catch {
        if (this.#over.signal.aborted) return false;
      }
    }
    return false;
  }

  #now(): number {
    return this.#subject.clock.monotonicMs();
  }
}
