import type { Clock } from "@berth/base";
import type { ExecutorSink } from "../executor.ts";
import type { PipePaths } from "./kept-helper.ts";
import { OutputPipe } from "./output-pipe.ts";

/** Pipes that processes left behind hold open. The eldest of more is closed, which such a process may notice. */
const MOST_ABANDONED = 16;

/** The two streams of a command, for one run after another. */
export class PipePair implements Disposable {
  readonly paths: PipePaths;
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;

  constructor(paths: PipePaths, clock: Clock) {
    using opened = new DisposableStack();
    this.paths = paths;
    this.stdout = opened.use(new OutputPipe(paths.stdout, clock));
    this.stderr = new OutputPipe(paths.stderr, clock);
    opened.move();
  }

  /** What comes from now on goes to `sink`. `onError` hears when that failed; the rest is then dropped. */
  begin(sink: ExecutorSink, onError: (error: unknown) => void): void {
    this.stdout.begin((bytes) => sink.stdout(bytes), onError);
    this.stderr.begin((bytes) => sink.stderr(bytes), onError);
  }

  /** Reads as it comes, from now until {@link finish}. */
  watch(): void {
    this.stdout.watch();
    this.stderr.watch();
  }

  /** Reads both to their end, at once unless somebody is slow to take it. @returns whether they can serve another run. */
  finish(): boolean | Promise<boolean> {
    const isStdoutFree = this.stdout.finish();
    const isStderrFree = this.stderr.finish();
    if (typeof isStdoutFree === "boolean" && typeof isStderrFree === "boolean") return isStdoutFree && isStderrFree;
    return Promise.all([isStdoutFree, isStderrFree]).then((free) => !free.includes(false));
  }

  [Symbol.dispose](): void {
    this.stdout[Symbol.dispose]();
    this.stderr[Symbol.dispose]();
  }
}

/** Pipes that something still holds after its run. They get no second run: what comes would be taken for that run's. */
export class AbandonedPipes implements Disposable {
  readonly #pipes = new Set<OutputPipe>();

  take({ stdout, stderr }: PipePair): void {
    for (const pipe of [stdout, stderr]) this.#take(pipe);
  }

  [Symbol.dispose](): void {
    for (const pipe of this.#pipes) pipe[Symbol.dispose]();
  }

  #take(pipe: OutputPipe): void {
    this.#pipes.add(pipe);
    const close = (): void => {
      pipe[Symbol.dispose]();
      this.#pipes.delete(pipe);
    };
    pipe.abandon(close);
    const [eldest] = this.#pipes;
    if (this.#pipes.size <= MOST_ABANDONED || !eldest) return;
    eldest[Symbol.dispose]();
    this.#pipes.delete(eldest);
  }
}
