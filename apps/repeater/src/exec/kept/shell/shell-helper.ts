import { randomBytes } from "node:crypto";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { constants as system, tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, neutraliseLine, runWithin, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { cannotRun } from "../../check-request.ts";
import type { ExecutorRequest } from "../../executor.ts";
import type { Ending, KeptHelper, PipePaths } from "../kept-helper.ts";
import { openAnswers } from "../open-answers.ts";
import { OutputPipe } from "../output-pipe.ts";
import { isGroupRunning } from "../run-processes.ts";
import type { RunLeader } from "../run-stop.ts";
import { fileLine, helperScript, PIPES, pipesLine, runLine } from "./helper-script.ts";
import { isHandedOn } from "./shell-words.ts";

/** What {@link ShellHelper} needs. */
export interface ShellHelperOptions {
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
/** A shell adds the number of the signal to this. */
const SIGNALLED = 128;

const SIGNAL_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(system.signals).map(([name, number]) => [number, name]),
);

/** Names in {@link isHandedOn}'s exceptions that a shell keeps as it found them, or counts by itself. */
const SHELLS_KEEP = new Set(["_", "SHLVL", "UID", "EUID", "GROUPS", "RANDOM", "SECONDS"]);

/**
 * A plain shell that is kept to start commands. It leads a process group and a session of its own, which its commands share, and answers
 * one line for each request.
 */
export class ShellHelper implements KeptHelper {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #token = randomBytes(12).toString("hex");
  readonly #exited: Promise<unknown>;
  readonly #options: ShellHelperOptions;
  readonly #unusual: Readonly<Record<string, string>>;
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

  private constructor(options: ShellHelperOptions) {
    this.#options = options;
    const unusual = Object.entries(process.env).filter(([name]) => !isHandedOn(name) && !SHELLS_KEEP.has(name));
    this.#unusual = Object.fromEntries(unusual) as Record<string, string>;
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
  static async open(options: ShellHelperOptions): Promise<ShellHelper> {
    const helper = new ShellHelper(options);
    try {
      const onTimeout = (): Error => helper.#failure(`it did not start within ${START_LIMIT_MS / 1_000} s`);
      const limits = { clock: options.clock, limitMs: START_LIMIT_MS, signal: new AbortController().signal, onTimeout };
      const answer = await runWithin(limits, () => helper.#start());
      helper.#pids = answer.split(" ").map(Number);
      helper.#requests = openSync(helper.#path(PIPES.requests), constants.O_RDWR | constants.O_NONBLOCK);
      const buffer = Buffer.allocUnsafeSlow(MOST_BYTES_IN_PIPE);
      const hear = (length: number): void => helper.#hear(buffer.toString("latin1", 0, length));
      helper.#answers = openAnswers(helper.#path(PIPES.answers), buffer, hear);
      helper.#messages = new OutputPipe(helper.#path(PIPES.messages), options.clock);
      helper.#listen();
      return helper;
    } catch (error) {
      helper.#kill();
      throw error;
    }
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  async run(request: ExecutorRequest, pipes: PipePaths): Promise<number> {
    return Number(await this.#ask(runLine(request, pipes, this.#unusual)));
  }

  /** Its own process, whose group and session have the same number. */
  leader(): Promise<RunLeader> {
    const [pid = 0] = this.#pids;
    const signalGroup = (signal: NodeJS.Signals): void => {
      try {
        process.kill(-pid, signal);
      } catch {
        // nobody is left
      }
    };
    return Promise.resolve({ pid, own: this.#pids, signalGroup });
  }

  /** A status above 128 is that of a signal only if the shell named one; INT and PIPE it never names, and tells as 130 and 141. */
  endingOf(command: string, status: number): Ending | Promise<Ending> {
    const name = status > SIGNALLED ? SIGNAL_NAMES.get(status - SIGNALLED) : undefined;
    return name === undefined ? { exitCode: status, signal: null } : this.#signalled(command, status, name);
  }

  /** Has it do something, and waits for its answer. */
  #ask(line: string): Promise<string> {
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

  /** Signals may meet the process that waits for the next request: its end is no answer. */
  expectSignals(): void {
    this.#mayBeAstray = true;
  }

  async settle(): Promise<void> {
    this.#isSettling = true;
    await this.#ask(`exit ${ASTRAY_OVER}`);
    this.#isSettling = false;
    this.#mayBeAstray = false;
    await this.#spoke();
  }

  async #signalled(command: string, status: number, name: string): Promise<Ending> {
    if (this.#takeBack()) throw cannotRun(command, "its process was killed before it began");
    return (await this.#spoke()) ? { exitCode: null, signal: name } : { exitCode: status, signal: null };
  }

  /** Whether the last request was not even read: whoever should have become the command was killed before. */
  #takeBack(): boolean {
    try {
      return this.#requests !== undefined && readSync(this.#requests, Buffer.alloc(MOST_BYTES_IN_PIPE)) > 0;
    } catch {
      return false; // there is nothing in the pipe
    }
  }

  async makePipes(): Promise<PipePaths> {
    const number = this.#pipeCount++;
    const paths = { stdout: this.#path(`o${number}`), stderr: this.#path(`e${number}`) };
    const status = await this.#ask(pipesLine(paths));
    if (status !== "0") throw this.#failure(`mkfifo ended with ${status}`);
    return paths;
  }

  /** Keeps what it says about commands from filling its pipe. */
  watch(): void {
    this.#messages?.watch();
  }

  /** Whether it said anything about the command that has just ended: a shell names the signal that ended one. */
  async #spoke(): Promise<boolean> {
    await this.#messages?.finish();
    return this.#said.splice(0).length > 0;
  }

  /** What was killed is not gone at once; and where nobody buries the dead, they answer for ever. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    const { pid } = this.#child;
    if (pid === undefined) return;
    await this.#exited;
    for (let waitedMs = 0; waitedMs < GONE_LIMIT_MS && isGroupRunning(pid); waitedMs += LOOK_EVERY_MS) {
      await sleep(this.#options.clock, LOOK_EVERY_MS);
    }
  }

  #kill(): void {
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

  #start(): Promise<string> {
    this.#answer = Promise.withResolvers();
    this.#child.stdin!.end(helperScript(this.#folder, this.#token));
    return this.#answer.promise;
  }

  #path(name: string): string {
    return join(this.#folder, name);
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
