import { randomBytes } from "node:crypto";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { type Clock, neutraliseLine, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import { helperScript, type PipePaths, pipesLine } from "./helper-script.ts";
import { OutputPipe } from "./output-pipe.ts";

/** What {@link Helper} needs. */
export interface HelperOptions {
  shell: string;
  clock: Clock;
}

const START_LIMIT_MS = 10_000;
const MOST_REASON_BYTES = 4_096;

/**
 * A plain shell that is kept to start commands. Starting a program copies the page tables of whoever starts it, and a shell has few.
 *
 * It leads a process group and a session of its own, and answers one line for each line it is given.
 */
export class Helper implements Disposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #token = randomBytes(12).toString("hex");
  readonly #exited: Promise<unknown>;
  readonly #options: HelperOptions;
  #messages: OutputPipe | undefined;
  #said: Uint8Array[] = [];
  #pids: number[] = [];
  #pipeCount = 0;
  #answer: PromiseWithResolvers<string> | undefined;
  #text = "";
  #isGone = false;

  private constructor(options: HelperOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), "rpr-"));
    this.#child = spawn(options.shell, [], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore", "pipe"],
    });
    this.#exited = once(this.#child, "exit").catch(() => undefined);
    for (const stream of this.#child.stdio) stream?.on("error", () => undefined); // its exit tells
    this.#child.stdout!.on("data", (chunk: Buffer) => this.#hear(chunk.toString("latin1")));
    this.#child.once("error", (error) => this.#lose(error.message));
    this.#child.once("exit", (code, signal) => this.#lose(signal ?? `exit code ${code}`));
  }

  /** @throws HostError `EXECUTION_FAILED` where there is no shell that can do this. */
  static async open(options: HelperOptions): Promise<Helper> {
    const helper = new Helper(options);
    try {
      const onTimeout = (): Error => helper.#failure(`it did not start within ${START_LIMIT_MS / 1_000} s`);
      const script = helperScript(helper.#folder, helper.#token);
      const limits = { clock: options.clock, limitMs: START_LIMIT_MS, signal: new AbortController().signal, onTimeout };
      const answer = await runWithin(limits, () => helper.ask(script));
      helper.#pids = answer.split(" ").map(Number);
      helper.#messages = new OutputPipe(join(helper.#folder, "m"), options.clock);
      helper.#listen();
      return helper;
    } catch (error) {
      helper[Symbol.dispose]();
      throw error;
    }
  }

  /** Its process, whose group and session have the same number. */
  get pid(): number {
    return this.#pids[0] ?? 0;
  }

  /** Those of its processes that are no command's. */
  get own(): readonly number[] {
    return this.#pids;
  }

  get token(): string {
    return this.#token;
  }

  /** Whether it can be asked no more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Gives it lines to read and waits for its answer. */
  ask(lines: string): Promise<string> {
    if (this.#isGone) return Promise.reject(this.#failure("it is gone"));
    this.#answer = Promise.withResolvers();
    (this.#child.stdin as Writable).write(lines);
    return this.#answer.promise;
  }

  async makePipes(): Promise<PipePaths> {
    const number = this.#pipeCount++;
    const paths = { stdout: join(this.#folder, `o${number}`), stderr: join(this.#folder, `e${number}`) };
    const status = await this.ask(pipesLine(paths, this.#token));
    if (status !== "0") throw this.#failure(`mkfifo ended with ${status}`);
    return paths;
  }

  /** Keeps what it says about commands from filling its pipe, during a run that takes its time. */
  watchMessages(): void {
    this.#messages?.watch();
  }

  /** Whether it said anything about the command that has just ended: a shell names the signal that ended one. */
  async spoke(): Promise<boolean> {
    await this.#messages?.finish();
    return this.#said.splice(0).length > 0;
  }

  /** Signals its whole group: itself and all commands in it. */
  signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // nobody is left
    }
  }

  /** Kills it and its group. What it made is gone when {@link ended} resolves. */
  [Symbol.dispose](): void {
    this.#lose("it was stopped");
    const { pid } = this.#child;
    try {
      if (pid !== undefined) process.kill(-pid, "SIGKILL");
    } catch {
      // nobody is left
    }
    for (const stream of this.#child.stdio) stream?.destroy();
    this.#messages?.[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async ended(): Promise<void> {
    if (this.#child.pid !== undefined) await this.#exited;
  }

  #listen(): void {
    const keep = (bytes: Uint8Array): void => {
      if (this.#said.length === 0) this.#said.push(bytes.subarray(0, MOST_REASON_BYTES));
    };
    this.#messages!.begin(keep, () => undefined);
  }

  #hear(text: string): void {
    this.#text += text;
    const end = this.#text.indexOf("\n");
    if (end < 0) return;
    const line = this.#text.slice(0, end);
    this.#text = "";
    // Whoever is not this helper does not know the token.
    if (!line.startsWith(`${this.#token} `)) return this.#lose("it answered what was not asked");
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.resolve(line.slice(this.#token.length + 1));
  }

  #lose(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#answer?.reject(this.#failure(reason));
    this.#answer = undefined;
  }

  #failure(reason: string): HostError {
    const said = Buffer.concat(this.#said).toString("utf8").trim();
    const words = said === "" ? "" : `: ${neutraliseLine(said, 500)}`;
    const { shell } = this.#options;
    return new HostError("EXECUTION_FAILED", `The helper that starts commands (${shell}) is gone: ${reason}${words}`);
  }
}
