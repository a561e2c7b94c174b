import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, sleep } from "@berth/base";
import { cannotRun, checkRequest, refuseUnrunnable } from "./check-request.ts";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "./executor.ts";

/** What a process left behind writes without a pause is not followed further than this after the end of its command. */
const MOST_LEFT_BYTES = 16 * 1_048_576;
/** Turns of the event loop in which nothing arrived, until what a command wrote has been read. */
const QUIET_TURNS = 2;
const GONE_LIMIT_MS = 5_000;
const LOOK_EVERY_MS = 10;

/** Runs commands by Node's own `spawn`, which copies the page tables of the host each time: where no helper can be kept. */
export class SpawnExecutor implements Executor {
  readonly #clock: Clock;
  readonly #runs = new Set<SpawnedRun>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    signal.throwIfAborted();
    const checked = checkRequest(request);
    const refused = await refuseUnrunnable(checked, sink);
    if (refused) return refused;
    const run = new SpawnedRun(checked, sink, this.#clock);
    this.#runs.add(run);
    try {
      return await run.toEnd(signal);
    } finally {
      this.#runs.delete(run);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.kill()));
  }
}

class SpawnedRun {
  readonly #request: ExecutorRequest;
  readonly #sink: ExecutorSink;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #exited = Promise.withResolvers<{ exitCode: number | null; signal: string | null }>();
  readonly #startedMs: number;
  readonly #pumps: Pump[] = [];
  #failure: { error: unknown } | undefined;
  #timer: Disposable | undefined;
  #isStopping = false;

  constructor(request: ExecutorRequest, sink: ExecutorSink, clock: Clock) {
    this.#request = request;
    this.#sink = sink;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    const { command, args, cwd, env } = request;
    this.#child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: process.platform !== "win32", // a group of its own, which can be ended as one
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    this.#child.once("exit", (exitCode, signal) => this.#exited.resolve({ exitCode, signal }));
    this.#child.once("error", (error) => this.#exited.reject(cannotRun(command, error.message, error)));
  }

  async toEnd(signal: AbortSignal): Promise<ExecutorResult> {
    using run = new DisposableStack();
    const stop = (): void => this.#stop();
    this.#pump(this.#child.stdout, (bytes) => this.#sink.stdout(bytes));
    this.#pump(this.#child.stderr, (bytes) => this.#sink.stderr(bytes));
    signal.addEventListener("abort", stop, { once: true });
    run.defer(() => signal.removeEventListener("abort", stop));
    run.defer(() => this.#timer?.[Symbol.dispose]());
    let timedOut = false;
    const { timeoutMs } = this.#request;
    const onTimeout = (): void => {
      timedOut = true;
      this.#stop();
    };
    if (timeoutMs !== undefined) run.use(this.#clock.setTimer(onTimeout, timeoutMs));
    const ended = await this.#exited.promise;
    const durationMs = this.#clock.monotonicMs() - this.#startedMs;
    run.dispose();
    if (this.#isStopping) await this.kill();
    await Promise.all(this.#pumps.map((pump) => pump.finish()));
    if (this.#failure) throw this.#failure.error;
    return { ...ended, durationMs, timedOut };
  }

  /** Kills the whole group, and waits until it is gone. */
  async kill(): Promise<void> {
    for (let waitedMs = 0; waitedMs < GONE_LIMIT_MS && this.#signal("SIGKILL"); waitedMs += LOOK_EVERY_MS) {
      await sleep(this.#clock, LOOK_EVERY_MS);
    }
  }

  #pump(stream: Readable | null, take: (bytes: Uint8Array) => void | Promise<void>): void {
    const onError = (error: unknown): void => {
      this.#failure ??= { error };
      this.#stop();
    };
    if (stream) this.#pumps.push(new Pump(stream, take, onError));
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#signal("SIGTERM");
    this.#signal("SIGCONT"); // one that was stopped hears nothing else
    this.#timer = this.#clock.setTimer(() => this.#signal("SIGKILL"), this.#request.graceMs);
  }

  #signal(name: NodeJS.Signals): boolean {
    const { pid } = this.#child;
    if (pid === undefined) return false;
    if (process.platform === "win32") return this.#child.kill(name);
    try {
      return process.kill(-pid, name);
    } catch {
      return false; // nobody is left
    }
  }
}

/** Hands on one stream, as fast as it is taken. */
class Pump {
  readonly #stream: Readable;
  readonly #take: (bytes: Uint8Array) => void | Promise<void>;
  readonly #onError: (error: unknown) => void;
  #taking: Promise<void> | undefined;
  #bytes = 0;
  #isOver = false;
  #isClosed = false;

  constructor(stream: Readable, take: (bytes: Uint8Array) => void | Promise<void>, onError: (error: unknown) => void) {
    this.#stream = stream;
    this.#take = take;
    this.#onError = onError;
    stream.on("data", (bytes: Buffer) => this.#give(bytes));
    stream.on("error", () => undefined); // its close tells
    stream.once("close", () => (this.#isClosed = true));
  }

  /** After the command has ended: what it wrote is on its way, and what a process left behind writes later is dropped. */
  async finish(): Promise<void> {
    const atEnd = this.#bytes;
    for (let quiet = 0, before = -1; quiet < QUIET_TURNS; quiet = before === this.#bytes ? quiet + 1 : 0) {
      before = this.#bytes;
      await this.#taking;
      await nextTurn();
      if (this.#isClosed || this.#bytes - atEnd > MOST_LEFT_BYTES) break;
    }
    await this.#taking;
    this.#isOver = true;
    this.#stream.resume();
  }

  #give(bytes: Buffer): void {
    this.#bytes += bytes.length;
    // Node lets a stream flow on when its process ends, paused or not.
    const taken = this.#taking ? this.#taking.then(() => this.#hand(bytes)) : this.#hand(bytes);
    if (!(taken instanceof Promise)) return;
    this.#stream.pause();
    const taking: Promise<void> = taken.then(() => {
      if (this.#taking !== taking) return;
      this.#taking = undefined;
      this.#stream.resume();
    });
    this.#taking = taking;
  }

  /** Never fails; a promise, if any, resolves when the bytes were taken. */
  #hand(bytes: Buffer): void | Promise<void> {
    if (this.#isOver) return;
    try {
      const taken = this.#take(bytes);
      return taken instanceof Promise ? taken.catch((error: unknown) => this.#fail(error)) : undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.#onError(error);
  }
}
