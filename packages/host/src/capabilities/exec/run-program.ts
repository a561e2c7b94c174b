import type { ChildProcess } from "node:child_process";
import { type Clock, sleep } from "@berth/base";
import type { ExecResult } from "@berth/contract";
import { failed, overLimit, reasonOf } from "../capability-errors.ts";
import { killMarked, MARK_VARIABLE } from "./marked-processes.ts";
import { isGroupRunning, signalProcess } from "./process-group.ts";

/** A program to run; everything in it was checked. */
export interface ProgramRun {
  path: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  input: Uint8Array | undefined;
  timeoutMs: number;
  maxOutputBytes: number;
  /** Carried by the program and all that it starts, so that none of it gets away. */
  mark: string;
}

/** go-plugin's grace; a longer one hides programs that do not end. */
const KILL_AFTER_MS = 2_000;
const FIRST_LOOK_MS = 10;
/** A process that left the group may hold the streams open; what the program itself wrote has arrived by then. */
const DRAIN_MS = 250;

/**
 * Runs a program in a process group of its own, never through a shell. Nothing of the group is left when this settles: whatever the
 * program started and left behind is killed, and so is everything when it takes too long, writes too much, or `signal` fires.
 */
export async function runProgram(run: ProgramRun, clock: Clock, signal: AbortSignal): Promise<ExecResult> {
  signal.throwIfAborted();
  return await new RunningProgram(run, clock).toEnd(signal);
}

class RunningProgram {
  readonly #run: ProgramRun;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #exited = Promise.withResolvers<{ exitCode: number | null; signal: string | null }>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #failure = Promise.withResolvers<never>();

  constructor(run: ProgramRun, clock: Clock) {
    this.#run = run;
    this.#clock = clock;
    const { spawn } = process.getBuiltinModule("node:child_process");
    this.#child = spawn(run.path, run.args, {
      cwd: run.cwd,
      env: { ...run.env, [MARK_VARIABLE]: run.mark },
      detached: true, // a group of its own, which can be ended as one
      shell: false,
      stdio: [run.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    this.#child.on("exit", (exitCode, signal) => this.#exited.resolve({ exitCode, signal }));
    this.#child.on("error", (error) =>
      this.#exited.reject(failed(`Cannot run ${run.path}: ${reasonOf(error)}`, error)),
    );
    this.#child.on("close", () => this.#closed.resolve());
  }

  async toEnd(signal: AbortSignal): Promise<ExecResult> {
    const stdout = this.#collect("stdout");
    const stderr = this.#collect("stderr");
    this.#feed();
    const fail = (error: Error): void => this.#failure.reject(error);
    const onAbort = (): void => fail(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    using _limit = this.#clock.setTimer(() => fail(this.#tooLong()), this.#run.timeoutMs);
    try {
      const ended = await Promise.race([this.#exited.promise, this.#failure.promise]);
      await this.#endRest();
      const result = { ...ended, stdout: stdout(), stderr: stderr() };
      // What arrived last may have been too much.
      return await Promise.race([this.#failure.promise, Promise.resolve(result)]);
    } catch (error) {
      await this.#endAll();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Gathers one stream; the result gives what there is. Too much is the end of the program. */
  #collect(name: "stdout" | "stderr"): () => Uint8Array {
    const { maxOutputBytes } = this.#run;
    const chunks: Uint8Array[] = [];
    let length = 0;
    this.#child[name]?.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxOutputBytes) chunks.push(chunk);
      else this.#failure.reject(overLimit(`${this.#run.path} wrote more than ${maxOutputBytes} bytes to ${name}`));
    });
    return () => new Uint8Array(Buffer.concat(chunks));
  }

  #feed(): void {
    const { stdin } = this.#child;
    stdin?.on("error", () => undefined); // a program need not read what it is given
    stdin?.end(this.#run.input);
  }

  #tooLong() {
    const { path, timeoutMs } = this.#run;
    return failed(`${path} did not end within ${timeoutMs} ms and was killed; raise timeoutMs if it needs longer`);
  }

  /** After the program itself is over: what it left running in its group is owed no grace. */
  async #endRest(): Promise<void> {
    const hadRest = this.#signalGroup("SIGKILL");
    const isDrained = await this.#drained();
    if (hadRest || !isDrained) await killMarked(this.#run.mark, this.#clock);
  }

  async #endAll(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    this.#signalGroup("SIGTERM");
    let lookInMs = FIRST_LOOK_MS;
    for (let waitedMs = 0; waitedMs < KILL_AFTER_MS && (await isGroupRunning(pid)); waitedMs += lookInMs) {
      lookInMs = Math.min(2 * lookInMs, KILL_AFTER_MS - waitedMs);
      await sleep(this.#clock, lookInMs);
    }
    this.#signalGroup("SIGKILL");
    await this.#exited.promise.catch(() => undefined);
    await this.#drained();
    await killMarked(this.#run.mark, this.#clock);
  }

  /** Whether both streams came to their end by themselves. */
  async #drained(): Promise<boolean> {
    using expired = new DisposableStack();
    const timeout = new Promise<boolean>((resolve) => {
      expired.use(this.#clock.setTimer(() => resolve(false), DRAIN_MS));
    });
    const isDrained = await Promise.race([this.#closed.promise.then(() => true), timeout]);
    if (!isDrained) for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
    return isDrained;
  }

  #signalGroup(signal: NodeJS.Signals | 0): boolean {
    return this.#child.pid !== undefined && signalProcess(-this.#child.pid, signal);
  }
}
