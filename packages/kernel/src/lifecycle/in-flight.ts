import { Bag, type Clock, type Placed, sleep } from "@berth/base";
import type { CallContext } from "@berth/contract";
import type { CallTally } from "../usage/call-tally.ts";

/** How long a call whose caller has given it up may take to end: it may have a file to close, nobody waits for its answer. */
const GIVEN_UP_GRACE_MS = 1_000;

/** What is to be known of a call to wait for it, and to know what it calls again. */
type KnownCall = Pick<CallContext, "signal" | "correlationId">;

interface TrackedCall extends Placed {
  call: KnownCall;
  work: Promise<unknown>;
}

/** Knows the calls under way, so that a stop can wait for the last of them. */
export class InFlight {
  readonly #calls = new Bag<TrackedCall>();

  get count(): number {
    return this.#calls.size;
  }

  /** @param tally is told how it ended; a promise of its own for that would cost the call more than all of this. */
  async track<T>(work: Promise<T>, call: KnownCall, tally?: CallTally, begunMs = 0): Promise<T> {
    const tracked: TrackedCall = { call, work, place: 0 };
    this.#calls.add(tracked);
    try {
      const answer = await work;
      tally?.succeeded(begunMs);
      return answer;
    } catch (error) {
      tally?.failed(begunMs, error, call);
      throw error;
    } finally {
      this.#calls.delete(tracked);
    }
  }

  /** Whether a call under way led to this one: it cannot end before this one does. */
  isCausing({ correlationId }: Pick<CallContext, "correlationId">): boolean {
    for (const { call } of this.#calls) if (call.correlationId === correlationId) return true;
    return false;
  }

  /**
   * @param cut Ends the wait before its time.
   * @returns whether all calls ended, or had been given up and had their time to end, within `limitMs`.
   */
  async drained(clock: Clock, limitMs: number, cut?: AbortSignal): Promise<boolean> {
    if (this.#calls.size === 0) return true;
    const over = new AbortController();
    const all = Promise.all([...this.#calls].map((tracked) => ending(tracked, clock, over.signal)));
    const limit = sleep(clock, limitMs, cut ? AbortSignal.any([cut, over.signal]) : over.signal).catch(() => undefined);
    const result = await Promise.race([all.then(() => true), limit.then(() => false)]);
    over.abort();
    return result;
  }
}

function ending({ call: { signal }, work }: TrackedCall, clock: Clock, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let patience: Disposable | undefined;
    const end = (): void => {
      patience?.[Symbol.dispose]();
      signal.removeEventListener("abort", onGivenUp);
      resolve();
    };
    const onGivenUp = (): void => {
      patience = clock.setTimer(end, GIVEN_UP_GRACE_MS);
    };
    if (signal.aborted) onGivenUp();
    else signal.addEventListener("abort", onGivenUp, { once: true });
    over.addEventListener("abort", end, { once: true });
    work.then(end, end);
  });
}
