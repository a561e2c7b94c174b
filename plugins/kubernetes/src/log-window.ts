import { StampedLines } from "./stamped-lines.ts";

/** What a query asks for beyond what is known already. */
const FIRST_NEW_BYTES = 2 * 1_048_576;
/** The host takes answers up to `limits.response_mb` of the manifest. */
const MOST_ANSWER_BYTES = 30 * 1_048_576;
/** By how much the clock of a node may be set back while a command runs, without a line being lost. */
const MARGIN_SECONDS = 2;
/** What is looked for where an answer does not begin as it should. */
const TAIL_BYTES = 1_024;

/** What to ask for next. */
export interface LogQuery {
  /** Whole seconds since 1970: the API server takes no finer time. `undefined` is the beginning. */
  sinceSecond: number | undefined;
  limitBytes: number;
}

/** What an answer has brought. */
export interface LogPart {
  /** What is new, without the times. */
  bytes: Uint8Array;
  /** Whether there may be more already. */
  isCut: boolean;
  /** Whether something is missing before it: the node has thrown away the part of the log where this went on. */
  hasGap: boolean;
}

/**
 * Follows a log that can only be asked for "since a second": each answer begins with what is known already. How many bytes that are is
 * counted, and held against the last of them; so nothing comes twice, and nothing is left out.
 */
export class LogWindow {
  readonly #lines = new StampedLines();
  #since: number | undefined;
  #tail = new Uint8Array();
  #newBytes = FIRST_NEW_BYTES;

  get query(): LogQuery {
    return { sinceSecond: this.#since, limitBytes: Math.min(this.#known + this.#newBytes, MOST_ANSWER_BYTES) };
  }

  /** Takes the answer to {@link query}. */
  take(answer: Uint8Array): LogPart {
    const { limitBytes } = this.query;
    const isCut = answer.length >= limitBytes;
    const start = this.#newStart(answer);
    if (start === undefined && isCut && limitBytes < MOST_ANSWER_BYTES) {
      // What is known may lie further on, behind the rest of a long line that began before that second.
      this.#newBytes *= 2;
      return { bytes: new Uint8Array(), isCut, hasGap: false };
    }
    const hasGap = start === undefined;
    if (hasGap) this.#lines.beginAgain();
    const fresh = answer.subarray(start ?? 0);
    const bytes = this.#lines.take(fresh);
    this.#keepTail(fresh);
    this.#newBytes = FIRST_NEW_BYTES;
    this.#move(isCut);
    return { bytes, isCut, hasGap };
  }

  /** Whether a single second has more than can be asked for. */
  get isStuck(): boolean {
    return this.#known >= MOST_ANSWER_BYTES;
  }

  get #known(): number {
    return this.#since === undefined ? this.#lines.bytesSince(0) : this.#lines.bytesSince(this.#since);
  }

  /** Where what is new begins; `undefined` where what is known is not in the answer. */
  #newStart(answer: Uint8Array): number | undefined {
    const known = this.#known;
    const tail = this.#tail.subarray(Math.max(0, this.#tail.length - known));
    if (known <= answer.length && isAt(answer, known - tail.length, tail)) return known;
    // The log may have begun anew since, or there may be a piece in front of what is known.
    for (let at = answer.length - tail.length; at >= 0; at--) if (isAt(answer, at, tail)) return at + tail.length;
    return undefined;
  }

  #keepTail(fresh: Uint8Array): void {
    const whole = new Uint8Array(this.#tail.length + fresh.length);
    whole.set(this.#tail);
    whole.set(fresh, this.#tail.length);
    this.#tail = whole.slice(-TAIL_BYTES);
  }

  /** The later an answer begins, the less is sent again. */
  #move(isCut: boolean): void {
    const isFull = isCut && this.#known + FIRST_NEW_BYTES > MOST_ANSWER_BYTES / 2;
    const second = this.#lines.second - (isFull ? 0 : MARGIN_SECONDS);
    if (second <= (this.#since ?? 0)) return;
    this.#since = second;
    this.#lines.forgetBefore(second);
  }
}

function isAt(bytes: Uint8Array, place: number, part: Uint8Array): boolean {
  return part.every((byte, at) => bytes[place + at] === byte);
}
