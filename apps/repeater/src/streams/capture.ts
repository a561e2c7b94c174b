/** The beginning of what a command wrote, for patterns and documents: bounded, so that a flood costs no memory. */
export class Capture {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #isCut = false;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  add(bytes: Uint8Array): void {
    const room = this.#limit - this.#size;
    if (bytes.length > room) this.#isCut = true;
    if (room <= 0) return;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.#parts.push(kept);
    this.#size += kept.length;
  }

  text(): string {
    return Buffer.concat(this.#parts).toString("utf8");
  }
}
