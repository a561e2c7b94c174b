import type { Clock } from "@berth/base";
import { createLogUpdate } from "log-update";
import type { Terminal } from "./terminal.ts";

const REDRAW_AFTER_MS = 100; // ten pictures a second are smooth enough and cost nothing
const TICK_MS = 1_000; // countdowns move although nothing happened

/**
 * A block of lines that is drawn over itself. However often {@link refresh} is called, the screen changes at most ten times a
 * second; what is printed in between scrolls away above the block.
 */
export class LiveView implements Disposable {
  readonly #clock: Clock;
  readonly #draw: () => string[];
  readonly #screen: ReturnType<typeof createLogUpdate>;
  #redraw: Disposable | undefined;
  #tick: Disposable | undefined;

  constructor(terminal: Terminal, clock: Clock, draw: () => string[]) {
    this.#clock = clock;
    this.#draw = draw;
    this.#screen = createLogUpdate(terminal.out as unknown as NodeJS.WritableStream);
    this.#show();
    this.#scheduleTick();
  }

  refresh(): void {
    this.#redraw ??= this.#clock.setTimer(() => this.#show(), REDRAW_AFTER_MS);
  }

  /** Prints text above the block, where it stays. */
  print(text: string): void {
    this.#screen.persist(text.replace(/\n$/, ""));
    this.#show();
  }

  /** The last state stays on the screen. */
  [Symbol.dispose](): void {
    this.#tick?.[Symbol.dispose]();
    this.#show();
    this.#screen.done();
  }

  #scheduleTick(): void {
    this.#tick = this.#clock.setTimer(() => {
      this.#show();
      this.#scheduleTick();
    }, TICK_MS);
  }

  #show(): void {
    this.#redraw?.[Symbol.dispose]();
    this.#redraw = undefined;
    this.#screen(this.#draw().join("\n"));
  }
}
