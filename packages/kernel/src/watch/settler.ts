import { type Clock, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import { type Save, SaveOfReport } from "./save.ts";

/** An editor's save is over within one or two; each more is one more that an author waits. Half a file is found out by what is in it. */
export const SETTLE_MS = 5;
/** Quiet for so long, most saves are over: enough to begin with what can be given up if they are not. */
const PAUSE_MS = 1;
/** After a report that was begun too early the next ones are not, for so long: it may be a storm. */
const NOT_EARLY_MS = 2_000;
/** What was made just now is mostly put in the place of another in a moment: so many times as long. */
const FRESH_TIMES = 2;
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

/**
 * What is known of what changed last. `gone`: it is not there any more. `written`: somebody has it open for writing. `whole`: who wrote
 * it closed it, or put it in its place as it is, and so with all that changed before it. `fresh`: the same of one that was not there
 * before. `unknown`: nobody can tell.
 */
export type Trace = "gone" | "written" | "whole" | "fresh" | "unknown";

/** Hears that something changed. The next time only when its promise is settled. */
export interface Reporter {
  /** Whether it hears of changes that may not be over, and gives up what it began when they are not. Default false. */
  readonly isEarly?: boolean;
  report(signal: AbortSignal, save: Save): void | Promise<void>;
}

/** Changes of which nobody was told yet. */
interface Changes {
  firstMs: number;
  lastMs: number;
  /** How long it has to be quiet after the last. */
  quietMs: number;
  isWhole: boolean;
  /** Whether a report of them may be begun before they are over. */
  mayBeEarly: boolean;
}

/**
 * Makes one report of many changes: when it has been quiet for a moment, or when that does not come. What changes during a report
 * is told of after it, so the last change is never lost.
 *
 * To those who hear early a report is made in the first pause, or as soon as what changed is whole; what comes while that
 * is not over ends the report, and the next ones wait for a while. So whoever saves one file waits for nothing, and a storm of changes
 * begins one report every other second in vain.
 */
export class Settler implements Disposable {
  readonly #rules: SettlerRules;
  readonly #reporter: Reporter;
  /** Made with the first report: most plugins never change, and a controller is most of what a settler takes. */
  #end: AbortController | undefined;
  #isDisposed = false;
  #waiting: Disposable | undefined;
  /** The changes that were not reported yet; absent when there is none. */
  #unreported: Changes | undefined;
  #isReporting = false;
  /** Of the report that is under way: since when, and how it is given up. */
  #current: { sinceMs: number; stop: AbortController } | undefined;
  #vainMs = -Infinity;
  /** What that report is about, while it may not be over. */
  #early: { changes: Changes; save: SaveOfReport } | undefined;
  #givingWay: Disposable | undefined;
  #failures = 0;

  constructor(rules: SettlerRules, reporter: Reporter) {
    this.#rules = rules;
    this.#reporter = reporter;
  }

  /** Something changed. Costs next to nothing while a change is waited for anyway. */
  touch(trace: Trace = "unknown"): void {
    const nowMs = this.#clock.monotonicMs();
    const early = this.#early;
    // One report was begun too soon; another would be, too.
    this.#unreported ??= early ? { ...early.changes, mayBeEarly: false } : this.#firstChange(nowMs);
    const changes = this.#unreported;
    const waitedMs = changes.quietMs;
    changes.lastMs = nowMs;
    changes.quietMs = this.#quietMs(trace);
    changes.isWhole = trace === "whole";
    if (early) return this.#supersede(nowMs);
    if (this.#isReporting) return this.#giveWay(nowMs);
    // Who waits for what is gone would look too late.
    if (changes.quietMs < waitedMs || changes.isWhole) this.#stopWaiting();
    if (this.#waiting === undefined) this.#wait(this.#nextLookMs(nowMs));
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const reason = new Error("Watching has ended");
    this.#end?.abort(reason);
    this.#endEarly(reason);
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

  #firstChange(nowMs: number): Changes {
    const mayBeEarly = this.#reporter.isEarly === true && nowMs >= this.#vainMs + NOT_EARLY_MS;
    return { firstMs: nowMs, lastMs: nowMs, quietMs: 0, isWhole: false, mayBeEarly };
  }

  #quietMs(trace: Trace): number {
    if (trace === "gone") return this.#settleMs * GONE_TIMES;
    if (trace === "fresh") return this.#settleMs * FRESH_TIMES;
    return trace === "written" ? this.#mostWaitMs : this.#settleMs;
  }

  /** What was begun is not to go on: it would be of what was, or of half of it. */
  #supersede(nowMs: number): void {
    this.#vainMs = nowMs;
    const reason = givenUp();
    this.#endEarly(reason);
    this.#current?.stop.abort(reason);
  }

  #endEarly(reason: Error): void {
    if (!this.#early) return;
    this.#early.save.giveUp(reason);
    this.#early = undefined;
    this.#stopWaiting();
  }

  #giveWay(nowMs: number): void {
    if (this.#current === undefined || this.#givingWay || this.#isDisposed) return;
    const { sinceMs, stop } = this.#current;
    const remainingMs = Math.max(this.#mostWaitMs, sinceMs + GIVES_WAY_AFTER_MS - nowMs);
    this.#givingWay = this.#clock.setTimer(() => stop.abort(givenUp()), remainingMs);
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
    const nowMs = this.#clock.monotonicMs();
    if (this.#early) return this.#lookAtEarly(this.#early, nowMs);
    // One timer for a whole storm: it looks whether it came too early, instead of being set anew by each change.
    if (this.#nextLookMs(nowMs) <= 0) void this.#report(nowMs);
    else this.#wait(this.#nextLookMs(nowMs));
  }

  /** Of a report that was begun: whether it is over now what it is about. */
  #lookAtEarly({ changes, save }: { changes: Changes; save: SaveOfReport }, nowMs: number): void {
    const remainingMs = this.#dueMs(changes) - nowMs;
    if (remainingMs > 0) return this.#wait(remainingMs);
    this.#early = undefined;
    save.end();
  }

  /** How long until a report can be begun; none is then necessary. */
  #nextLookMs(nowMs: number): number {
    const changes = this.#unreported!;
    const { lastMs, isWhole, mayBeEarly, quietMs } = changes;
    const dueMs = this.#dueMs(changes);
    // What is gone, or being written, is not there to be looked at.
    const earliestMs = !mayBeEarly || quietMs > this.#settleMs ? dueMs : isWhole ? nowMs : lastMs + PAUSE_MS;
    return Math.min(earliestMs, dueMs) - nowMs;
  }

  #dueMs({ firstMs, lastMs, quietMs }: Changes): number {
    return Math.min(lastMs + quietMs, firstMs + this.#mostWaitMs);
  }

  /** Never rejects. */
  async #report(nowMs: number): Promise<void> {
    const changes = this.#unreported!;
    const save = new SaveOfReport(changes.isWhole);
    this.#isReporting = true;
    this.#unreported = undefined;
    this.#early = { changes, save };
    this.#lookAtEarly(this.#early, nowMs);
    const hasFailed = !(await this.#tryReport(save));
    this.#isReporting = false;
    this.#current = undefined;
    this.#endEarly(new Error("The report is over"));
    this.#givingWay?.[Symbol.dispose]();
    this.#givingWay = undefined;
    this.#failures = hasFailed ? this.#failures + 1 : 0;
    if (hasFailed && this.#failures < MOST_TRIES) this.#again();
    else if (this.#unreported) this.#wait(Math.max(0, this.#nextLookMs(this.#clock.monotonicMs())));
  }

  #again(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#unreported ??= { firstMs: nowMs, lastMs: nowMs, quietMs: this.#settleMs, isWhole: false, mayBeEarly: false };
    this.#wait(RETRY_MS);
  }

  async #tryReport(save: Save): Promise<boolean> {
    const { clock, onError } = this.#rules;
    this.#end ??= new AbortController();
    const { signal: end } = this.#end;
    const stop = new AbortController();
    this.#current = { sinceMs: clock.monotonicMs(), stop };
    const onTimeout = (): Error => new Error(`A reported change was not done with after ${LONGEST_REPORT_MS} ms`);
    try {
      await runWithin(
        { clock, limitMs: LONGEST_REPORT_MS, signal: AbortSignal.any([end, stop.signal]), onTimeout },
        async (signal) => await this.#reporter.report(signal, save),
      );
      return true;
    } catch (error) {
      if (end.aborted || stop.signal.aborted) return true;
      onError(error);
      return false;
    }
  }
}

function givenUp(): HostError {
  return new HostError("CALL_CANCELLED", "Given up for a newer change of its files");
}

/** After the system was asked what changed: a timer may come before that, where something else took the thread. */
function inNextTurn(work: () => void): Disposable {
  const turn = setImmediate(work);
  return { [Symbol.dispose]: () => clearImmediate(turn) };
}
