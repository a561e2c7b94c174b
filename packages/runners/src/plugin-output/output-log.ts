import type { Clock } from "@berth/base";
import type { LimitEvent, OutputLine } from "@berth/kernel/runner";
import { LineStream } from "./line-stream.ts";

const WINDOW_MS = 1_000;

/** What {@link OutputLog} needs. */
export interface OutputLogOptions {
  clock: Clock;
  /** Lines kept in one second, of both streams together, until {@link OutputLog.allow} says otherwise. */
  linesPerSecond: number;
  onLine(line: OutputLine): void;
  onLimit(event: LimitEvent): void;
}

/**
 * Turns what a plugin writes to its standard streams into few, short lines: a line is cut at 16 KiB, and past the rate lines are
 * counted and dropped, which is told in one line when the second is over. Nothing is kept but the line that is not whole yet.
 */
export class OutputLog implements Disposable {
  readonly #options: OutputLogOptions;
  readonly #streams: Readonly<Record<OutputLine["stream"], LineStream>>;
  #windowEndsAt = -Infinity;
  #left = 0;
  #timer: Disposable | undefined;
  #linesPerSecond: number;

  constructor(options: OutputLogOptions) {
    this.#options = options;
    this.#linesPerSecond = options.linesPerSecond;
    const budget = {
      left: () => this.#left,
      keep: (line: OutputLine) => {
        this.#left--;
        options.onLine(line);
      },
    };
    this.#streams = { stdout: new LineStream("stdout", budget), stderr: new LineStream("stderr", budget) };
  }

  /** From the next second on, so many lines are kept in one. */
  allow(linesPerSecond: number): void {
    this.#linesPerSecond = linesPerSecond;
  }

  /** Takes what came from one stream; `chunk` may be used again afterwards. */
  push(stream: OutputLine["stream"], chunk: Uint8Array): void {
    this.#turnWindow();
    this.#streams[stream].push(chunk);
    this.#tellLater();
  }

  /** Both streams are over: what was dropped is told now. */
  [Symbol.dispose](): void {
    this.#turnWindow();
    this.#streams.stdout.end();
    this.#streams.stderr.end();
    this.#tell();
  }

  #turnWindow(): void {
    const now = this.#options.clock.monotonicMs();
    if (now < this.#windowEndsAt) return;
    this.#tell();
    this.#windowEndsAt = now + WINDOW_MS;
    this.#left = this.#linesPerSecond;
  }

  get #droppedLines(): number {
    return this.#streams.stdout.droppedLines + this.#streams.stderr.droppedLines;
  }

  /** Without a timer the last words of a plugin that falls silent would stay untold until it ends. */
  #tellLater(): void {
    if (this.#timer || this.#droppedLines === 0) return;
    const waitMs = this.#windowEndsAt - this.#options.clock.monotonicMs();
    this.#timer = this.#options.clock.setTimer(() => this.#tell(), waitMs);
  }

  #tell(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const dropped = this.#droppedLines;
    if (dropped === 0) return;
    const allowed = this.#linesPerSecond;
    for (const stream of [this.#streams.stdout, this.#streams.stderr]) {
      if (stream.droppedLines > 0) this.#options.onLine(stream.takeNotice(allowed));
    }
    this.#options.onLimit({ limit: "log_rate", allowed, used: allowed + dropped, action: "refused" });
  }
}
