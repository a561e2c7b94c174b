import { neutraliseLine } from "@berth/base";
import type { OutputLine } from "@berth/kernel/runner";
import { countNewlines } from "./count-newlines.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** What is kept of one line, bytes; terminals and log stores cut far below it. */
const LONGEST_LINE = 16 * 1_024;

/** Where whole lines go, while there is room. */
export interface LineBudget {
  /** Lines that may still be kept. */
  left(): number;
  /** Takes one of them. */
  keep(line: OutputLine): void;
}

/** One standard stream: the line that is not whole yet, and what was dropped since it was last told. */
export class LineStream {
  readonly #name: OutputLine["stream"];
  readonly #budget: LineBudget;
  #held: Buffer | undefined;
  #heldBytes = 0;
  /** Bytes of the line beyond what is held. */
  #cutBytes = 0;
  #droppedLines = 0;
  #droppedBytes = 0;

  constructor(name: OutputLine["stream"], budget: LineBudget) {
    this.#name = name;
    this.#budget = budget;
  }

  /** Takes what came; `chunk` may be used again afterwards. */
  push(chunk: Uint8Array): void {
    let start = 0;
    while (this.#budget.left() > 0) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) {
        this.#hold(chunk.subarray(start));
        return;
      }
      this.#hold(chunk.subarray(start, end));
      this.#keep();
      start = end + 1;
    }
    this.#drop(start === 0 ? chunk : chunk.subarray(start));
  }

  /** The stream is over: what has no newline is a line too. */
  end(): void {
    if (this.#heldBytes === 0) return;
    if (this.#budget.left() > 0) this.#keep();
    else this.#dropLines(1, 0);
  }

  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** What is to be said of the dropped lines; they count from zero again. */
  takeNotice(linesPerSecond: number): OutputLine {
    const lines = `${this.#droppedLines} ${this.#droppedLines === 1 ? "line" : "lines"}`;
    const text = `[${lines} of ${this.#droppedBytes} bytes dropped: at most ${linesPerSecond} a second are kept]`;
    this.#droppedLines = 0;
    this.#droppedBytes = 0;
    return { stream: this.#name, text };
  }

  #hold(bytes: Uint8Array): void {
    const kept = Math.min(bytes.length, LONGEST_LINE - this.#heldBytes);
    if (kept > 0) {
      this.#held ??= Buffer.allocUnsafeSlow(LONGEST_LINE);
      this.#held.set(bytes.subarray(0, kept), this.#heldBytes);
      this.#heldBytes += kept;
    }
    this.#cutBytes += bytes.length - kept;
  }

  #keep(): void {
    const isCut = this.#cutBytes > 0;
    const endsWithReturn = !isCut && this.#held?.[this.#heldBytes - 1] === CARRIAGE_RETURN;
    const text = this.#held?.toString("utf8", 0, this.#heldBytes - (endsWithReturn ? 1 : 0)) ?? "";
    const more = isCut ? ` [and ${this.#cutBytes} bytes more]` : "";
    this.#budget.keep({ stream: this.#name, text: `${neutraliseLine(text, LONGEST_LINE)}${more}` });
    this.#forgetLine();
  }

  #drop(chunk: Uint8Array): void {
    const lines = countNewlines(chunk);
    if (lines > 0) this.#dropLines(lines, chunk.lastIndexOf(NEWLINE) + 1);
    this.#hold(lines > 0 ? chunk.subarray(chunk.lastIndexOf(NEWLINE) + 1) : chunk);
  }

  #dropLines(lines: number, bytes: number): void {
    this.#droppedLines += lines;
    this.#droppedBytes += this.#heldBytes + this.#cutBytes + bytes;
    this.#forgetLine();
  }

  #forgetLine(): void {
    this.#heldBytes = 0;
    this.#cutBytes = 0;
  }
}
