import { createLogUpdate } from "log-update";
import type { Terminal } from "./terminal.ts";

/**
 * A block of lines that is drawn over itself. Redraws are gathered: however often {@link refresh} is called, the screen changes at
 * most every `everyMs`.
 */
export class LiveView implements Disposable {
  readonly #draw: () => string[];
  readonly #show: ReturnType<typeof createLogUpdate>;
  readonly #everyMs: number;
  #pending: NodeJS.Timeout | undefined;
  readonly #ticking: NodeJS.Timeout;

  constructor(terminal: Terminal, draw: () => string[], { everyMs = 100, tickMs = 1_000 } = {}) {
    this.#draw = draw;
    this.#everyMs = everyMs;
    this.#show = createLogUpdate(terminal.out as unknown as NodeJS.WritableStream, { showCursor: true });
    // Countdowns move although nothing happened.
    this.#ticking = setInterval(() => this.refresh(), tickMs);
    this.#ticking.unref();
  }

  refresh(): void {
    this.#pending ??= setTimeout(() => this.#redraw(), this.#everyMs).unref();
  }

  /** Writes lines above the block, where they stay. */
  print(lines: readonly string[]): void {
    this.#show.clear();
    for (const line of lines) this.#show.persist(line);
    this.#redraw();
  }

  /** The last state stays on the screen. */
  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
    this.#redraw();
    this.#show.done();
  }

  #redraw(): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#show(this.#draw().join("\n"));
  }
}
