import stringWidth from "string-width";
import type { OutputStream } from "./terminal.ts";

/** A screen of its own, which leaves what was there before as it was; no cursor; a long line is cut, not wrapped. */
const ENTER = "\u001B[?1049h\u001B[?25l\u001B[?7l";
const LEAVE = "\u001B[?7h\u001B[?25h\u001B[?1049l";
const HOME = "\u001B[H";
const CLEAR_LINE = "\u001B[K";
const CLEAR_REST = "\u001B[J";

/** The whole of a terminal, drawn over itself; disposing it brings back what was there before. */
export class FullScreen implements Disposable {
  readonly #out: OutputStream;
  #isOpen = true;

  constructor(out: OutputStream) {
    this.#out = out;
    out.write(ENTER);
  }

  /** Lines that there is room for. */
  get rows(): number {
    return Math.max(3, this.#out.rows ?? 24);
  }

  /** Draws the lines that there is room for, in one piece: nothing flickers. */
  show(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    // Cleared first: after a line that fills the window the cursor still stands on its last character.
    const shown = lines.slice(0, this.rows).map((line) => `${CLEAR_LINE}${line}`);
    this.#out.write(`${HOME}${shown.join("\r\n")}${CLEAR_REST}`);
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#out.write(LEAVE);
  }
}

/** Two texts at the ends of one line; the right one is left out where there is no room for it. */
export function bothEnds(left: string, right: string, columns: number): string {
  const room = columns - stringWidth(left) - stringWidth(right);
  return room < 2 ? left : left + " ".repeat(room) + right;
}
