import { HostError } from "@berth/sdk";

const LINE_FEED = 10;
const SPACE = 32;
/** `2026-01-31T18:00:00.123456789+02:00` has 35. */
const MOST_STAMP_BYTES = 40;

/**
 * Takes the time off the beginning of each line, which the API server puts there when it is asked for `timestamps`. Bytes come cut
 * anywhere; what is between the times goes on at once, unchanged.
 */
export class StampedLines {
  /** Bytes of whole and begun lines by the second that their time names, the times included; since {@link forgetBefore}. */
  readonly #bytesBySecond = new Map<number, number>();
  #stamp: number[] | undefined = [];
  #second = 0;

  /** The second of the newest line, since 1970; 0 before the first. */
  get second(): number {
    return this.#second;
  }

  /** How many bytes the answer to "since `second`" has of what was taken so far. */
  bytesSince(second: number): number {
    let sum = 0;
    for (const [at, bytes] of this.#bytesBySecond) if (at >= second) sum += bytes;
    return sum;
  }

  /** What comes next begins with a line, and nothing of what was before is in any answer. */
  beginAgain(): void {
    this.#bytesBySecond.clear();
    this.#stamp = [];
  }

  forgetBefore(second: number): void {
    for (const at of this.#bytesBySecond.keys()) if (at < second) this.#bytesBySecond.delete(at);
  }

  /** The bytes without the times, as one piece; the next bytes of the log. */
  take(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(bytes.length);
    let length = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#stamp) {
        at = this.#readStamp(this.#stamp, bytes, at);
        continue;
      }
      const feed = bytes.indexOf(LINE_FEED, at);
      const end = feed < 0 ? bytes.length : feed + 1;
      out.set(bytes.subarray(at, end), length);
      length += end - at;
      this.#count(end - at);
      if (feed >= 0) this.#stamp = [];
      at = end;
    }
    return out.slice(0, length);
  }

  #readStamp(stamp: number[], bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      if (bytes[at] === SPACE) {
        this.#second = Math.max(0, Math.floor(Date.parse(String.fromCharCode(...stamp)) / 1_000));
        if (!Number.isFinite(this.#second)) throw unstamped();
        this.#count(stamp.length + 1);
        this.#stamp = undefined;
        return at + 1;
      }
      stamp.push(bytes[at]!);
      if (stamp.length > MOST_STAMP_BYTES) throw unstamped();
    }
    return bytes.length;
  }

  #count(bytes: number): void {
    this.#bytesBySecond.set(this.#second, (this.#bytesBySecond.get(this.#second) ?? 0) + bytes);
  }
}

function unstamped(): HostError {
  return new HostError(
    "CAPABILITY_FAILED",
    "Cannot read the log of the pod: it has a line that does not begin with its time",
  );
}
