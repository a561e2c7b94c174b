import { Worker } from "node:worker_threads";
import type { Clock } from "@berth/base";
import { guestFile } from "../guest/guest-file.ts";

/** A file takes a millisecond or two. What takes so long was made to. */
const LIMIT_MS = 2_000;
/** A file of a megabyte takes thirty. */
const HEAP_MB = 256;

/** What became of a text: nothing is known of it when the thread ended on the way. */
export type Stripping = { text: string | undefined } | "lost";

/** A thread that takes types out of TypeScript, which is a stranger's text: it may be given up at any time. */
export class StripThread {
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #waiting: ((result: Stripping) => void)[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #limit: Disposable | undefined;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#worker = new Worker(guestFile("strip-guest"), {
      name: "berth-typescript",
      argv: [],
      execArgv: [],
      env: {},
      // Node.js says there that the function is an experiment.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker.on("message", (text: string | undefined) => this.#settle({ text }));
    this.#worker.on("error", () => this.#lose());
    this.#worker.on("exit", () => {
      this.#lose();
      this.#ended.resolve();
    });
    this.#worker.unref();
  }

  /** Whether it can be asked no more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  strip(text: string): Promise<Stripping> {
    if (this.#isOver) return Promise.resolve("lost");
    const { promise, resolve } = Promise.withResolvers<Stripping>();
    this.#waiting.push(resolve);
    this.#worker.ref();
    this.#worker.postMessage(text, []);
    this.#limit ??= this.#arm();
    return promise;
  }

  async end(): Promise<void> {
    this.#lose();
    void this.#worker.terminate();
    await this.#ended.promise;
  }

  /** The thread takes one after the other; the first of those that wait is the one that it works at. */
  #settle(result: Stripping): void {
    this.#limit?.[Symbol.dispose]();
    this.#waiting.shift()?.(result);
    this.#limit = this.#waiting.length > 0 ? this.#arm() : undefined;
    if (this.#waiting.length === 0) this.#worker.unref();
  }

  #arm(): Disposable {
    return this.#clock.setTimer(() => {
      // This one is not to be tried again.
      this.#settle({ text: undefined });
      void this.end();
    }, LIMIT_MS);
  }

  #lose(): void {
    this.#isOver = true;
    this.#limit?.[Symbol.dispose]();
    this.#limit = undefined;
    for (const settle of this.#waiting.splice(0)) settle("lost");
    this.#worker.unref();
  }
}
