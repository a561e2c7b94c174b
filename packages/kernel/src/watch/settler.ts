import { type Clock, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";

/** An editor's save is over within one or two; each more is one more that an author waits. Half a file is found out by what is in it. */
export const SETTLE_MS = 5;
/** Quiet for so long, most saves are over: enough to begin with what does no harm if they are not. */
const PAUSE_MS = 1;
/** What went away mostly comes again in a moment, as with `rm` and a build: so many times as long. */
const GONE_TIMES = 5;
/** Something that writes all the time must not keep a change back for longer than a person notices. */
export const MOST_WAIT_MS = 200;
/** A report that failed is made again after this, so that no change is lost by a fault that passes. */
const RETRY_MS = 1_000;
const MOST_TRIES = 3;
/** A timer comes a millisecond or two after the time it is set for; what is shorter is left to turns of the event loop. */
const LEAST_TIMER_MS = 1;
/** Whoever hears of a change may start a plugin anew, which the longest start time of a manifest allows 10 minutes. */
const LONGEST_REPORT_MS = 900_000;

/**
 * A report that is at it for so long gives way to the next change: an author who has mended a plugin that hangs at its start should not
 * wait for all of its start time. Longer than any start that goes well should take, or saves in a row would keep all of them out.
 */
const GIVES_WAY_AFTER_MS = 5_000;

/** What a {@link Settler} goes by; one for many. */
export interface SettlerRules {
  clock: Clock;
  /** Quiet for so long: over. Default {@link SETTLE_MS}. */
  settleMs?: number | undefined;
  /** Never waits longer than this after the first change. Default {@link MOST_WAIT_MS}. */
  mostWaitMs?: number | undefined;
  onError: (error: unknown) => void;
}

/** Hears that something changed. The next time only when its promise is settled. */
export interface Reporter {
  report(signal: AbortSignal): void | Promise<void>;
  /** It was quiet for a moment, the first time since the last report: another follows, mostly of what there is now. Must not throw. */
  pause?(): void;
}

/**
 * Makes one report of many changes: when it has been quiet for a moment, or when that does not come. What changes during a report
 * is told of after it, so the last change is never lost.
 */
export class Settler implements Disposable {
  readonly #rules: SettlerRules;
  readonly #reporter: Reporter;
  /** Made with the first report: most plugins never change, and a controller is most of what a settler takes. */
  #end: AbortController | undefined;
  #isDisposed = false;
  #waiting: Disposable | undefined;
  /** Of the changes that were not reported yet; absent when there is none. `quietMs`: how long it has to be quiet after the last. */
  #unreported: { firstMs: number; lastMs: number; quietMs: number; hasPaused: boolean } | undefined;
  #isReporting = false;
  /** Of the report that is under way: since when, and how it is given up. */
  #current: { sinceMs: number; stop: AbortController } | undefined;
  #givingWay: Disposable | undefined;
  #failures = 0;

  constructor(rules: SettlerRules, reporter: Reporter) {
    this.#rules = rules;
    this.#reporter = reporter;
  }

  /** Something changed. Costs next to nothing while a change is waited for anyway. @param isGone whether it is not there any more. */
  touch(isGone = false): void {
    const nowMs = this.#clock.monotonicMs();
    this.#unreported ??= { firstMs: nowMs, lastMs: nowMs, quietMs: 0, hasPaused: false };
    const isBack = this.#unreported.quietMs > this.#settleMs && !isGone;
    this.#unreported.lastMs = nowMs;
    this.#unreported.quietMs = this.#settleMs * (isGone ? GONE_TIMES : 1);
    if (this.#isReporting) return this.#giveWay(nowMs);
    // Who waits for what is gone would look too late.
    if (isBack) this.#stopWaiting();
    if (this.#waiting === undefined) this.#wait(Math.min(PAUSE_MS, this.#settleMs));
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#end?.abort(new Error("Watching has ended"));
    this.#stopWaiting();
    this.#givingWay?.[Symbol.dispose]();
  }

  get #clock(): Clock {
    return this.#rules.clock;
  }

  get #settleMs(): number {
    return this.#rules.settleMs ?? SETTLE_MS;
  }

  get #mostWaitMs(): number {
    return Math.max(this.#rules.mostWaitMs ?? MOST_WAIT_MS, this.#settleMs);
  }

  #giveWay(nowMs: number): void {
    if (this.#current === undefined || this.#givingWay || this.#isDisposed) return;
    const { sinceMs, stop } = this.#current;
    const remainingMs = Math.max(this.#mostWaitMs, sinceMs + GIVES_WAY_AFTER_MS - nowMs);
    const reason = new HostError("CALL_CANCELLED", "Given up for a newer change of its files");
    this.#givingWay = this.#clock.setTimer(() => stop.abort(reason), remainingMs);
  }

  #wait(delayMs: number): void {
    if (this.#isDisposed) return;
    const look = (): void => this.#look();
    this.#waiting =
      delayMs < LEAST_TIMER_MS
        ? inNextTurn(look)
        : this.#clock.setTimer(() => {
            this.#waiting = inNextTurn(look);
          }, delayMs);
  }

  #stopWaiting(): void {
    this.#waiting?.[Symbol.dispose]();
    this.#waiting = undefined;
  }

  #look(): void {
    this.#waiting = undefined;
    const remainingMs = this.#dueMs() - this.#clock.monotonicMs();
    // One timer for a whole storm: it looks whether it came too early, instead of being set anew by each change.
    if (remainingMs <= 0) return void this.#report();
    const untilPauseMs = this.#untilPauseMs();
    if (untilPauseMs <= 0) this.#pause();
    this.#wait(untilPauseMs > 0 ? Math.min(remainingMs, untilPauseMs) : remainingMs);
  }

  #untilPauseMs(): number {
    const { lastMs, quietMs, hasPaused } = this.#unreported!;
    // What is gone is not there to be looked at.
    return hasPaused || quietMs > this.#settleMs ? Infinity : lastMs + PAUSE_MS - this.#clock.monotonicMs();
  }

  #pause(): void {
    this.#unreported!.hasPaused = true;
    this.#reporter.pause?.();
  }

  #dueMs(): number {
    const { firstMs, lastMs, quietMs } = this.#unreported ?? { firstMs: 0, lastMs: 0, quietMs: 0 };
    return Math.min(lastMs + quietMs, firstMs + this.#mostWaitMs);
  }

  /** Never rejects. */
  async #report(): Promise<void> {
    this.#isReporting = true;
    this.#unreported = undefined;
    const hasFailed = !(await this.#tryReport());
    this.#isReporting = false;
    this.#current = undefined;
    this.#givingWay?.[Symbol.dispose]();
    this.#givingWay = undefined;
    this.#failures = hasFailed ? this.#failures + 1 : 0;
    if (hasFailed && this.#failures < MOST_TRIES) this.#again();
    else if (this.#unreported) this.#wait(Math.max(0, this.#dueMs() - this.#clock.monotonicMs()));
  }

  #again(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#unreported ??= { firstMs: nowMs, lastMs: nowMs, quietMs: this.#settleMs, hasPaused: true };
    this.#wait(RETRY_MS);
  }

  async #tryReport(): Promise<boolean> {
    const { clock, onError } = this.#rules;
    this.#end ??= new AbortController();
    const { signal: end } = this.#end;
    const stop = new AbortController();
    this.#current = { sinceMs: clock.monotonicMs(), stop };
    const onTimeout = (): Error => new Error(`A reported change was not done with after ${LONGEST_REPORT_MS} ms`);
    try {
      await runWithin(
        { clock, limitMs: LONGEST_REPORT_MS, signal: AbortSignal.any([end, stop.signal]), onTimeout },
        async (signal) => await this.#reporter.report(signal),
      );
      return true;
    } catch (error) {
      if (end.aborted || stop.signal.aborted) return true;
      onError(error);
      return false;
    }
  }
}

/** After the system was asked what changed: a timer may come before that, where something else took the thread. */
function inNextTurn(work: () => void): Disposable {
  const turn = setImmediate(work);
  return { [Symbol.dispose]: () => clearImmediate(turn) };
}
