import type { Clock } from "@berth/base";
import type { ByteStream } from "../streams/byte-stream.ts";

const REDRAW_AFTER_MS = 100; // ten pictures a second are smooth enough and cost nothing
const TICK_MS = 1_000; // what is counted down moves although nothing happened

/** Lines at the end of a terminal that are drawn over themselves; what is printed scrolls away above them. */
export class LiveBlock implements ByteStream, Disposable {
  readonly #out: ByteStream;
  readonly #clock: Clock;
  readonly #draw: () => string[];
  #height = 0;
  #redraw: Disposable | undefined;
  #tick: Disposable | undefined;

  constructor(out: ByteStream, clock: Clock, draw: () => string[]) {
    this.#out = out;
    this.#clock = clock;
    this.#draw = draw;
    this.#beat();
  }

  refresh(): void {
    this.#redraw ??= this.#clock.setTimer(() => void this.#show(), REDRAW_AFTER_MS);
  }

  /** Whole lines, above the block. */
  write(bytes: Uint8Array): void | Promise<void> {
    const end = bytes.at(-1) === 0x0a ? "" : "\n";
    return this.#put(Buffer.concat([Buffer.from(this.#wiped()), bytes, Buffer.from(end)]));
  }

  /** The last state stays. */
  [Symbol.dispose](): void {
    this.#tick?.[Symbol.dispose]();
    void this.#show();
  }

  #beat(): void {
    void this.#show();
    this.#tick = this.#clock.setTimer(() => this.#beat(), TICK_MS);
  }

  #show(): void | Promise<void> {
    this.#redraw?.[Symbol.dispose]();
    this.#redraw = undefined;
    return this.#put(Buffer.from(this.#wiped()));
  }

  #wiped(): string {
    return this.#height > 0 ? `\u001b[${this.#height}A\u001b[0J` : "";
  }

  #put(before: Uint8Array): void | Promise<void> {
    const lines = this.#draw();
    this.#height = lines.length;
    return this.#out.write(Buffer.concat([before, Buffer.from(lines.map((line) => `${line}\n`).join(""))]));
  }
}
