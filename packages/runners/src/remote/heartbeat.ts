import type { Clock } from "@berth/base";
import { isHostError } from "@berth/contract";
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
 * Between two looks at one that owes an answer. A look that comes late says nothing: the host itself was held up, by a long pause or by
 * Ctrl-Z, and the answer may lie there unread.
 */
const LOOK_MS = 100;
/** One that is held to a tenth of a core is found running at one look in ten; one that is found so has had the time to answer. */
const ENOUGH_LOOKS = 3;
/** One that is found paused so often in a row was stopped on purpose, and has silence counted from where it goes on. */
const STOPPED_LOOKS = 50;

/** What {@link Heartbeat} watches over. */
export interface HeartbeatSubject {
  clock: Clock;
  isBusy(): boolean;
  /** Whether somebody has stopped it on purpose; it is not taken for hung then. */
  isPaused(): boolean;
  /** Whether it ran without a pause since this was last asked, where that can be seen from outside without waking it. */
  runsOn?: (() => boolean) | undefined;
  /** Rejects with `CALL_DEADLINE_EXCEEDED` unless it answers within `limitMs`, with another error when nobody can be asked any more. */
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
    let looksRunning = 0;
    let looksPaused = 0;
    while (!this.#over.signal.aborted) {
      const lookedMs = this.#now();
      if (await this.#answersWithin(LOOK_MS)) {
        this.#heardMs = this.#now();
        if (isSaid) subject.onPulse({ kind: "responsive", silentMs: this.#heardMs - silentSince });
        return true;
      }
      if (this.#over.signal.aborted) return false;
      const silentMs = this.#now() - silentSince;
      looksPaused = subject.isPaused() ? looksPaused + 1 : 0;
      if (looksPaused === 0) looksRunning++;
      if (looksPaused >= STOPPED_LOOKS) [silentSince, looksRunning] = [this.#now(), 0];
      const wasHeldUp = this.#now() - lookedMs > 2 * LOOK_MS;
      if (wasHeldUp || looksRunning < ENOUGH_LOOKS) continue;
      if (silentMs >= limitMs) {
        subject.onSilence(silentMs);
        return false;
      }
      if (!isSaid && silentMs >= unresponsiveMs) {
        isSaid = true;
        subject.onPulse({ kind: "unresponsive", silentMs });
      }
    }
    return false;
  }

  async #answersWithin(limitMs: number): Promise<boolean> {
    try {
      await this.#subject.ping(limitMs, this.#over.signal);
      return true;
    } catch (error) {
      // The conversation is over: nobody is asked any more, and why is about to be known.
      if (!isHostError(error, "CALL_DEADLINE_EXCEEDED")) this.#over.abort();
      return false;
    }
  }

  #now(): number {
    return this.#subject.clock.monotonicMs();
  }
}
