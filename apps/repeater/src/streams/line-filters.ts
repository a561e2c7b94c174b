const NEWLINE = 0x0a;

/** Changes the bytes of one stream of one run on their way. */
export interface LineFilter {
  push(bytes: Uint8Array): Uint8Array;
  /** What is left when the stream ends. */
  end(): Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Puts a prefix before each line, without waiting for its end: a line of any length goes through. */
export class PrefixLines implements LineFilter {
  readonly #prefix: Buffer;
  #isAtStart = true;

  constructor(prefix: string) {
    this.#prefix = Buffer.from(prefix);
  }

  push(bytes: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#isAtStart) parts.push(this.#prefix);
      const newline = bytes.indexOf(NEWLINE, at);
      this.#isAtStart = newline >= 0;
      const end = newline >= 0 ? newline + 1 : bytes.length;
      parts.push(bytes.subarray(at, end));
      at = end;
    }
    return Buffer.concat(parts);
  }

  /** The next run's first line is to begin with its prefix, on a line of its own. */
  end(): Uint8Array {
    return this.#isAtStart ? NOTHING : Buffer.of(NEWLINE);
  }
}

/** A line that is longer is handed on in pieces: memory is bounded, and lines of that length are rare. */
const LONGEST_HELD_BYTES = 64 * 1_024 * 1_024;

/** Holds bytes back until their line is whole, so that lines of runs side by side do not mix. */
export class WholeLines implements LineFilter {
  #held: Uint8Array[] = [];
  #size = 0;

  push(bytes: Uint8Array): Uint8Array {
    const newline = bytes.lastIndexOf(NEWLINE);
    if (newline < 0) {
      this.#hold(bytes);
      return this.#size > LONGEST_HELD_BYTES ? this.#release() : NOTHING;
    }
    const whole = Buffer.concat([...this.#held, bytes.subarray(0, newline + 1)]);
    this.#held = [];
    this.#size = 0;
    if (newline + 1 < bytes.length) this.#hold(bytes.subarray(newline + 1));
    return whole;
  }

  end(): Uint8Array {
    return this.#release();
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#size += bytes.length;
  }

  #release(): Uint8Array {
    const held = Buffer.concat(this.#held);
    this.#held = [];
    this.#size = 0;
    return held;
  }
}

/** One filter after the other. */
export function chain(filters: readonly LineFilter[]): LineFilter {
  const through = (bytes: Uint8Array, from: number): Uint8Array =>
    filters.slice(from).reduce((passed, filter) => (passed.length > 0 ? filter.push(passed) : passed), bytes);
  return {
    push: (bytes) => through(bytes, 0),
    end: () => Buffer.concat(filters.map((filter, index) => through(filter.end(), index + 1))),
  };
}
