import { constants } from "node:os";
import type { Clock } from "@berth/base";
import { cannotRun } from "../check-request.ts";
import type { ExecutorRequest, ExecutorResult, ExecutorSink } from "../executor.ts";
import { Helper, type HelperOptions } from "./helper.ts";
import { type PipePaths, runLine } from "./helper-script.ts";
import { OutputPipe } from "./output-pipe.ts";
import { RunStop } from "./run-stop.ts";
import { isHandedOn } from "./shell-words.ts";

/** A run that takes longer is watched; one that does not is read when it is over. Making the watchers costs more than a short run. */
const WATCH_AFTER_MS = 5;
/** A shell adds the number of the signal to this. */
const SIGNALLED = 128;
/** Pipes that processes left behind hold open. The eldest of more is closed, which such a process may notice. */
const MOST_ABANDONED = 16;

const SIGNAL_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

interface Pipes extends Disposable {
  paths: PipePaths;
  stdout: OutputPipe;
  stderr: OutputPipe;
}

/** One helper, and one command at a time. */
export class HelperLane implements AsyncDisposable {
  readonly #helper: Helper;
  readonly #clock: Clock;
  readonly #unusual: Record<string, string>;
  #pipes: Pipes | undefined;
  readonly #abandoned = new Set<OutputPipe>();
  #runningSinceMs: number | undefined;
  #watchTimer: Disposable | undefined;

  private constructor(helper: Helper, clock: Clock) {
    this.#helper = helper;
    this.#clock = clock;
    const unusual = Object.entries(process.env).filter(([name]) => !isHandedOn(name) && !SHELLS_KEEP.has(name));
    this.#unusual = Object.fromEntries(unusual) as Record<string, string>;
  }

  static async open(options: HelperOptions): Promise<HelperLane> {
    const lane = new HelperLane(await Helper.open(options), options.clock);
    try {
      lane.#pipes = await lane.#openPipes();
      return lane;
    } catch (error) {
      await lane[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whether it can take another command. */
  get isUsable(): boolean {
    return !this.#helper.isGone;
  }

  async run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    const pipes = (this.#pipes ??= await this.#openPipes());
    const startedMs = this.#clock.monotonicMs();
    this.#runningSinceMs = startedMs;
    this.#watchTimer ??= this.#clock.setTimer(() => this.#watchIfLong(), WATCH_AFTER_MS);
    let stop: RunStop | undefined;
    const end = (): void => {
      const { graceMs } = request;
      this.#helper.expectAstray();
      stop ??= new RunStop({ helper: this.#helper, clock: this.#clock, startedMs, graceMs });
    };
    let failure: { error: unknown } | undefined;
    const onError = (error: unknown): void => {
      failure ??= { error };
      end();
    };
    pipes.stdout.begin((bytes) => sink.stdout(bytes), onError);
    pipes.stderr.begin((bytes) => sink.stderr(bytes), onError);
    let timedOut = false;
    const onTimeout = (): void => {
      timedOut = true;
      end();
    };
    const { timeoutMs } = request;
    const timer = timeoutMs === undefined ? undefined : this.#clock.setTimer(onTimeout, timeoutMs);
    signal.addEventListener("abort", end, { once: true });
    const release = (): void => {
      this.#runningSinceMs = undefined;
      timer?.[Symbol.dispose]();
      signal.removeEventListener("abort", end);
      stop?.[Symbol.dispose]();
    };
    try {
      const answer = this.#helper.ask(runLine(request, pipes.paths, this.#unusual));
      if (signal.aborted) end();
      const status = Number(await answer);
      const durationMs = this.#clock.monotonicMs() - startedMs;
      release();
      await stop?.sweep();
      await this.#finish(pipes);
      const ending = await this.#ending(request.command, status);
      if (stop && this.isUsable) await this.#helper.settle();
      if (failure) throw failure.error;
      return { ...ending, durationMs, timedOut };
    } catch (error) {
      release();
      // Nobody knows what of the command still runs: all of the group ends.
      this.#helper[Symbol.dispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchTimer?.[Symbol.dispose]();
    this.#pipes?.[Symbol.dispose]();
    for (const pipe of this.#abandoned) pipe[Symbol.dispose]();
    this.#helper[Symbol.dispose]();
    await this.#helper.ended();
  }

  /** One timer serves all runs of its time: to make one for each and take it back costs more than to look now and then. */
  #watchIfLong(): void {
    this.#watchTimer = undefined;
    if (this.#runningSinceMs === undefined) return;
    const leftMs = this.#runningSinceMs + WATCH_AFTER_MS - this.#clock.monotonicMs();
    if (leftMs > 0) {
      this.#watchTimer = this.#clock.setTimer(() => this.#watchIfLong(), leftMs);
      return;
    }
    this.#pipes?.stdout.watch();
    this.#pipes?.stderr.watch();
    this.#helper.watchMessages();
  }

  /** Both streams to their end. Pipes that something still holds get no second run: what it writes would be taken for that run's. */
  async #finish(pipes: Pipes): Promise<void> {
    const isStdoutFree = await pipes.stdout.finish();
    const isStderrFree = await pipes.stderr.finish();
    if (isStdoutFree && isStderrFree) return;
    this.#pipes = undefined;
    this.#abandon(pipes.stdout);
    this.#abandon(pipes.stderr);
  }

  #abandon(pipe: OutputPipe): void {
    this.#abandoned.add(pipe);
    const close = (): void => {
      pipe[Symbol.dispose]();
      this.#abandoned.delete(pipe);
    };
    pipe.abandon(close);
    const [eldest] = this.#abandoned;
    if (this.#abandoned.size <= MOST_ABANDONED || !eldest) return;
    eldest[Symbol.dispose]();
    this.#abandoned.delete(eldest);
  }

  async #openPipes(): Promise<Pipes> {
    const paths = await this.#helper.makePipes();
    using opened = new DisposableStack();
    const stdout = opened.use(new OutputPipe(paths.stdout, this.#clock));
    const stderr = opened.use(new OutputPipe(paths.stderr, this.#clock));
    const both = opened.move();
    return { paths, stdout, stderr, [Symbol.dispose]: () => both.dispose() };
  }

  /** A status above 128 is that of a signal only if the shell named one; INT and PIPE it never names, and tells as 130 and 141. */
  async #ending(command: string, status: number): Promise<{ exitCode: number | null; signal: string | null }> {
    const name = status > SIGNALLED ? SIGNAL_NAMES.get(status - SIGNALLED) : undefined;
    if (name === undefined) return { exitCode: status, signal: null };
    if (this.#helper.takeBack()) throw cannotRun(command, "its process was killed before it began");
    return (await this.#helper.spoke()) ? { exitCode: null, signal: name } : { exitCode: status, signal: null };
  }
}

/** Names in {@link isHandedOn}'s exceptions that a shell keeps as it found them, or counts by itself. */
const SHELLS_KEEP = new Set(["_", "SHLVL", "UID", "EUID", "GROUPS", "RANDOM", "SECONDS"]);
