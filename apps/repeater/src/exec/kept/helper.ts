import { randomBytes } from "node:crypto";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, neutraliseLine, runWithin, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { fileLine, helperScript, type PipePaths, PIPES, pipesLine } from "./helper-script.ts";
import { OutputPipe } from "./output-pipe.ts";
import { isGroupRunning } from "./run-processes.ts";

/** What {@link Helper} needs. */
export interface HelperOptions {
  shell: string;
  clock: Clock;
}

const START_LIMIT_MS = 10_000;
/** A status that no signal gives. */
const ASTRAY_OVER = "77";
const GONE_LIMIT_MS = 1_000;
const LOOK_EVERY_MS = 5;
const MOST_REASON_BYTES = 4_096;
/** A pipe that is empty takes so much at once on every system. */
const MOST_BYTES_IN_PIPE = 4_096;
const MOST_BYTES_A_CHARACTER = 3;

/**
 * A plain shell that is kept to start commands. Starting a program copies the page tables of whoever starts it, and a shell has few.
 *
 * It leads a process group and a session of its own, and answers one line for each request.
 */
export class Helper implements Disposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #token = randomBytes(12).toString("hex");
  readonly #exited: Promise<unknown>;
  readonly #options: HelperOptions;
  #messages: OutputPipe | undefined;
  #requests: number | undefined;
  #answers: Socket | undefined;
  #said: Uint8Array[] = [];
  #pids: number[] = [];
  #pipeCount = 0;
  #answer: PromiseWithResolvers<string> | undefined;
  #text = "";
  #isGone = false;
  #mayBeAstray = false;
  #isSettling = false;

  private constructor(options: HelperOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), "rpr-helper-"));
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
      const limits = { clock: options.clock, limitMs: START_LIMIT_MS, signal: new AbortController().signal, onTimeout };
      const answer = await runWithin(limits, () => helper.#start());
      helper.#pids = answer.split(" ").map(Number);
      helper.#requests = openSync(helper.#path(PIPES.requests), constants.O_RDWR | constants.O_NONBLOCK);
      helper.#answers = helper.#openAnswers();
      helper.#messages = new OutputPipe(helper.#path(PIPES.messages), options.clock);
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

  /** Whether it can be asked no more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Has it do something, and waits for its answer. */
  ask(line: string): Promise<string> {
    if (this.#isGone || this.#requests === undefined) return Promise.reject(this.#failure("it is gone"));
    this.#answer = Promise.withResolvers();
    if (line.length * MOST_BYTES_A_CHARACTER < MOST_BYTES_IN_PIPE && !line.includes("\n")) {
      writeSync(this.#requests, `${line}\n`);
      return this.#answer.promise;
    }
    writeFileSync(this.#path("r"), `${line}\n`, { mode: 0o600 });
    writeSync(this.#requests, `${fileLine(this.#path("r"))}\n`);
    return this.#answer.promise;
  }

  /** Signals are about to be sent, which may meet the process that waits for the next request: its end is no answer. */
  expectAstray(): void {
    this.#mayBeAstray = true;
  }

  /** After the last of those signals. */
  async settle(): Promise<void> {
    this.#isSettling = true;
    await this.ask(`exit ${ASTRAY_OVER}`);
    this.#isSettling = false;
    this.#mayBeAstray = false;
    await this.spoke();
  }

  /** Whether the last request was not even read: whoever should have become the command was killed before. */
  takeBack(): boolean {
    try {
      return this.#requests !== undefined && readSync(this.#requests, Buffer.alloc(MOST_BYTES_IN_PIPE)) > 0;
    } catch {
      return false; // there is nothing in the pipe
    }
  }

  async makePipes(): Promise<PipePaths> {
    const number = this.#pipeCount++;
    const paths = { stdout: this.#path(`o${number}`), stderr: this.#path(`e${number}`) };
    const status = await this.ask(pipesLine(paths));
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
    this.#answers?.destroy();
    this.#messages?.[Symbol.dispose]();
    if (this.#requests !== undefined) closeSync(this.#requests);
    this.#requests = undefined;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What was killed is not gone at once; and where nobody buries the dead, they answer for ever. */
  async ended(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    await this.#exited;
    for (let waitedMs = 0; waitedMs < GONE_LIMIT_MS && isGroupRunning(pid); waitedMs += LOOK_EVERY_MS) {
      await sleep(this.#options.clock, LOOK_EVERY_MS);
    }
  }

  #start(): Promise<string> {
    this.#answer = Promise.withResolvers();
    this.#child.stdin!.end(helperScript(this.#folder, this.#token));
    return this.#answer.promise;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** Into a buffer of its own: all that a stream does beside is done between two runs, and would take longer than the answer. */
  #openAnswers(): Socket {
    const buffer = Buffer.allocUnsafeSlow(MOST_BYTES_IN_PIPE);
    const callback = (length: number): boolean => {
      this.#hear(buffer.toString("latin1", 0, length));
      return true;
    };
    // Open for writing too: it has no end while this host lives, whoever opens and closes it.
    const fd = openSync(this.#path(PIPES.answers), constants.O_RDWR | constants.O_NONBLOCK);
    const answers = new Socket({ fd, readable: true, writable: false, onread: { buffer, callback } });
    answers.on("error", () => undefined); // the end of the helper tells
    return answers.resume();
  }

  #listen(): void {
    const keep = (bytes: Uint8Array): void => {
      if (this.#said.length === 0) this.#said.push(bytes.subarray(0, MOST_REASON_BYTES));
    };
    this.#messages!.begin(keep, () => undefined);
  }

  #hear(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      // Whoever is not this helper does not know the token.
      if (!line.startsWith(`${this.#token} `)) return this.#lose("it answered what was not asked");
      this.#heard(line.slice(this.#token.length + 1));
    }
  }

  #heard(status: string): void {
    const answer = this.#answer;
    if (this.#mayBeAstray && status !== ASTRAY_OVER && (this.#isSettling || !answer)) return;
    this.#answer = undefined;
    if (answer) answer.resolve(status);
    else this.#lose("it answered what was not asked");
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
