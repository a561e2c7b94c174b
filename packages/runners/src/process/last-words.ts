/** Enough for what an engine prints when it gives up, with its trace. */
const KEPT_BYTES = 8 * 1_024;

/** The end of a stream, for the reason of an exit. It is kept whatever the rate of the log lets through. */
export class LastWords {
  #bytes = Buffer.alloc(0);

  push(chunk: Uint8Array): void {
    const isEnough = chunk.length >= KEPT_BYTES;
    const all = isEnough ? Buffer.from(chunk.subarray(-KEPT_BYTES)) : Buffer.concat([this.#bytes, chunk]);
    this.#bytes = all.subarray(-KEPT_BYTES);
  }

  get text(): string {
    return this.#bytes.toString("utf8");
  }
}
