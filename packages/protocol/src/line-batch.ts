import type { Piece } from "./frame-writer.ts";
import { MAX_BATCH } from "./message-limits.ts";

/** One line in the making: a message, or several as a batch of JSON-RPC. */
export class LineBatch {
  #texts: string[] = [];
  #length = 0;

  /** Characters so far, with what joins them. */
  get length(): number {
    return this.#length;
  }

  add(text: string, pieces: Piece[]): void {
    if (this.#texts.length === MAX_BATCH) this.endInto(pieces);
    this.#texts.push(text);
    this.#length += text.length + 1;
  }

  /** Ends the line, if one was begun. */
  endInto(pieces: Piece[]): void {
    if (this.#texts.length === 0) return;
    pieces.push(this.#texts.length === 1 ? `${this.#texts[0]}\n` : `[${this.#texts.join(",")}]\n`);
    this.#texts = [];
    this.#length = 0;
  }
}
