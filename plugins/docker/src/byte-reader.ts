import { HostError } from "@berth/sdk";

/** Parts of a stream by their length or their end. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** What comes next, as it comes, at most so many bytes; `undefined` at the end. */
  async some(most = Infinity): Promise<Uint8Array | undefined> {
    if (this.#rest.length === 0) {
      const { value } = await this.#reader.read();
      if (value === undefined) return undefined;
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** So many bytes; `undefined` if the stream ended before the first of them. */
  async exactly(length: number): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const part = await this.some(length - at);
      if (!part && at === 0) return undefined;
      if (!part) throw cut();
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** Up to a line feed, without it and a carriage return before it. */
  async line(mostBytes: number): Promise<string> {
    let text = "";
    for (;;) {
      const part = await this.some();
      if (!part) throw cut();
      const end = part.indexOf(10);
      text += latin1(end < 0 ? part : part.subarray(0, end));
      if (text.length > mostBytes)
        throw new HostError("CAPABILITY_FAILED", "Cannot read the engine's answer: a line is too long");
      if (end < 0) continue;
      this.#rest = joined(part.subarray(end + 1), this.#rest);
      return text.replace(/\r$/, "");
    }
  }
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

function cut(): HostError {
  return new HostError("CAPABILITY_FAILED", "Cannot read the engine's answer: the connection ended within it");
}
