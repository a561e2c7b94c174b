import { type Clock, errorMessage, sleep } from "@berth/base";
import type { Spool } from "./spool.ts";

/** What a {@link SpooledOutput} of records `T`, which are JSON, needs. */
export interface SpooledOutputOptions<T> {
  /** What it is called in sentences: `output slack`. */
  name: string;
  /** Sends records, in order. @returns the places of those that failed; an error says that all did. */
  send: (records: readonly T[], signal: AbortSignal) => Promise<readonly number[]>;
  /** Makes the spool when something has to wait. */
  openSpool: (onDropped: (lines: number) => void) => Spool;
  clock: Clock;
  warn: (sentence: string) => void;
  /** How long the end waits for what is still to be sent. Default 5 s. */
  flushMs?: number;
}

const FLUSH_MS = 5_000;
const MOST_RECORDS = 500;
const MOST_BYTES = 2 ** 20;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Records on their way to an output that may be slow, or down: whoever writes never waits. One is sent at once; what comes meanwhile waits
 * on disk, in order, and is sent in batches. What fails is sent again after growing waits. What is left at the end stays on disk, for the
 * next one that sends there.
 */
export class SpooledOutput<T> implements AsyncDisposable {
  readonly #options: SpooledOutputOptions<T>;
  readonly #ending = new AbortController();
  #spool: Spool | undefined;
  #working: Promise<void> | undefined;
  /** Being sent, and on no disk. */
  #direct: T | undefined;
  #failures = 0;
  #isEnding = false;

  constructor(options: SpooledOutputOptions<T>) {
    this.#options = options;
  }

  /** Records that wait. */
  get waiting(): number {
    return (this.#spool?.count ?? 0) + (this.#direct === undefined ? 0 : 1);
  }

  /** Begins with what an earlier one has left. */
  resume(): void {
    if (this.#openSpool().count > 0) this.#working ??= this.#work();
  }

  write(record: T): void {
    if (this.#working) return this.#openSpool().append(JSON.stringify(record));
    this.#direct = record;
    this.#working = this.#work();
  }

  /** Sends what waits as long as that gets on, and keeps the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    const { clock, flushMs = FLUSH_MS, name, warn } = this.#options;
    const limit = clock.setTimer(() => this.#ending.abort(new Error("The time to send what waits is over")), flushMs);
    // One that is down is not waited for.
    if (this.#failures > 0) this.#ending.abort(new Error("It does not take records"));
    await this.#working;
    limit[Symbol.dispose]();
    const { waiting } = this;
    this.#spool?.tidy();
    if (waiting > 0) {
      warn(`${name}: ${waiting} not sent; kept in ${this.#spool!.folder} for the next run with this output`);
    }
  }

  async #work(): Promise<void> {
    const { signal } = this.#ending;
    while (this.waiting > 0 && !signal.aborted) {
      const waitMs = await this.#sendNext(signal);
      if (waitMs > 0) await sleep(this.#options.clock, waitMs, signal).catch(() => undefined);
    }
    this.#working = undefined;
  }

  /** @returns how long to wait before more is sent. */
  async #sendNext(signal: AbortSignal): Promise<number> {
    const direct = this.#direct;
    const { first, lines } = direct === undefined ? this.#spool!.peek(MOST_RECORDS, MOST_BYTES) : NONE;
    const records = direct === undefined ? parsed<T>(lines) : [direct];
    const failed = new Set(await this.#trySend(records, signal));
    const again = records.filter((_, place) => failed.has(place)).map((record) => JSON.stringify(record));
    if (again.length > 0) this.#openSpool();
    this.#spool?.drop(first + lines.length, again);
    this.#direct = undefined;
    if (again.length === 0) {
      if (this.#failures > 0) this.#options.warn(`${this.#options.name}: takes records again`);
      this.#failures = 0;
      return 0;
    }
    if (this.#isEnding) this.#ending.abort(new Error("It does not take records"));
    return Math.min(FIRST_WAIT_MS * 2 ** this.#failures++, LONGEST_WAIT_MS);
  }

  async #trySend(records: readonly T[], signal: AbortSignal): Promise<readonly number[]> {
    const { send, name, warn } = this.#options;
    try {
      return await untilAborted(send(records, signal), signal);
    } catch (error) {
      if (this.#failures === 0 && !signal.aborted) {
        const { folder } = this.#openSpool();
        warn(`${name}: does not take records (${errorMessage(error)}); they wait in ${folder}`);
      }
      return records.keys().toArray();
    }
  }

  #openSpool(): Spool {
    const { openSpool, name, warn } = this.#options;
    return (this.#spool ??= openSpool((lines) =>
      warn(`${name}: ${lines} that waited longest dropped, there is room for no more`),
    ));
  }
}

const NONE = { first: -Infinity, lines: [] as string[] };

/** A line that somebody else wrote there is nothing to be sent. */
function parsed<T>(lines: readonly string[]): T[] {
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return Promise.race([work, promise]);
}
