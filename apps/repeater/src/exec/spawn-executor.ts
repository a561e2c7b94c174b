import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@berth/base";
import { cannotRun, checkRequest, refuseUnrunnable } from "./check-request.ts";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "./executor.ts";
import { RunStop } from "./kept/run-stop.ts";

/** What a process left behind writes without a pause is not followed further than this after the end of its command. */
const MOST_LEFT_BYTES = 16 * 1_048_576;
/** Turns of the event loop in which nothing arrived, until what a command wrote has been read. */
const QUIET_TURNS = 2;

/** Runs commands by Node's own `spawn`, which copies the page tables of the host each time: where no helper can be kept. */
export class SpawnExecutor implements Executor {
  readonly #clock: Clock;
  readonly #runs = new Set<SpawnedRun>();
  /** Groups of commands that have ended and left processes behind, which go on until this executor ends. */
  readonly #leftBehind = new Set<number>();

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
      if (hasGroup(run.group)) this.#leave(run.group);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.kill()));
    for (const group of this.#leftBehind) {
      // A process of that number is another one: the leader, which is this process's child, was there no more.
      if (!isThere(group)) isThere(-group, "SIGKILL");
    }
  }

  #leave(group: number): void {
    for (const earlier of this.#leftBehind) if (!hasGroup(earlier)) this.#leftBehind.delete(earlier);
    this.#leftBehind.add(group);
  }
}

function hasGroup(group: number | undefined): group is number {
  return group !== undefined && process.platform !== "win32" && isThere(-group);
}

/** Whether there is such a process, or such a group where it is negative; both hear the signal. */
function isThere(pid: number, signal: NodeJS.Signals | 0 = 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
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
  #stop: RunStop | undefined;
  #swept: Promise<void> | undefined;

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

  get group(): number | undefined {
    return this.#child.pid;
  }

  async toEnd(signal: AbortSignal): Promise<ExecutorResult> {
    using run = new DisposableStack();
    const end = (): void => void this.#end();
    this.#pump(this.#child.stdout, (bytes) => this.#sink.stdout(bytes));
    this.#pump(this.#child.stderr, (bytes) => this.#sink.stderr(bytes));
    signal.addEventListener("abort", end, { once: true });
    run.defer(() => signal.removeEventListener("abort", end));
    let timedOut = false;
    const { timeoutMs } = this.#request;
    const onTimeout = (): void => {
      timedOut = true;
      this.#end();
    };
    if (timeoutMs !== undefined) run.use(this.#clock.setTimer(onTimeout, timeoutMs));
    const ended = await this.#exited.promise;
    const durationMs = this.#clock.monotonicMs() - this.#startedMs;
    run.dispose();
    if (this.#stop) await this.kill();
    await Promise.all(this.#pumps.map((pump) => pump.finish()));
    // Whoever takes the output may fail as late as here.
    if (this.#stop) await this.kill();
    if (this.#failure) throw this.#failure.error;
    return { ...ended, durationMs, timedOut };
  }

  /** Kills all of the run, and waits until nothing of it is found any more. */
  kill(): Promise<void> {
    return (this.#swept ??= this.#end().sweep());
  }

  #pump(stream: Readable | null, take: (bytes: Uint8Array) => void | Promise<void>): void {
    const onError = (error: unknown): void => {
      this.#failure ??= { error };
      this.#end();
    };
    if (stream) this.#pumps.push(new Pump(stream, take, onError));
  }

  #end(): RunStop {
    const leader = { pid: this.#child.pid ?? -1, own: [], signalGroup: (name: NodeJS.Signals) => this.#signal(name) };
    const { graceMs } = this.#request;
    return (this.#stop ??= new RunStop({ leader, clock: this.#clock, startedMs: this.#startedMs, graceMs }));
  }

  #signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (process.platform === "win32") this.#child.kill(name);
    else isThere(-pid, name);
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
