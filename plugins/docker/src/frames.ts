import type { EmitOutput } from "@berth/sdk";

const HEAD_BYTES = 8;
const STDERR = 2;

/**
 * Takes the engine's stream of both outputs apart: a head of eight bytes (which stream, three zeros, the length), then the bytes. Parts
 * come as the connection cuts them, and are handed on at once; the next is taken when there is room for it.
 */
export class FrameSplitter {
  readonly #emit: EmitOutput;
  readonly #head = new Uint8Array(HEAD_BYTES);
  #headBytes = 0;
  #left = 0;

  constructor(emit: EmitOutput) {
    this.#emit = emit;
  }

  async push(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const part = bytes.slice(at, at + this.#left);
        this.#left -= part.length;
        at += part.length;
        await this.#emit({ stream: this.#head[0] === STDERR ? "stderr" : "stdout", bytes: part });
        continue;
      }
      this.#head[this.#headBytes++] = bytes[at++]!;
      if (this.#headBytes < HEAD_BYTES) continue;
      this.#headBytes = 0;
      this.#left = new DataView(this.#head.buffer).getUint32(4);
    }
  }
}
