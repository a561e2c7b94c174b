import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { constants as system, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { type Clock, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import type { ExecutorRequest } from "../../executor.ts";
import type { Ending, KeptHelper, PipePaths } from "../kept-helper.ts";
import { openAnswers } from "../open-answers.ts";
import type { RunLeader } from "../run-stop.ts";
import {
  ANSWER_BYTES,
  type Answer,
  ENDED,
  LastRequest,
  MADE,
  pipesRequest,
  readAnswer,
  readRequest,
  REFUSED,
  runRequest,
  RUNS,
  TOKEN_BYTES,
  whoRequest,
} from "./starter-words.ts";
import { endingOf } from "./wait-status.ts";

/** What {@link StarterHelper} needs. */
export interface StarterHelperOptions {
  /** Where `starter.c` was compiled to. */
  program: string;
  clock: Clock;
}

const START_LIMIT_MS = 10_000;
/** It ends all there is, and then itself. */
const END_LIMIT_MS = 2_000;
/** A pipe that is empty takes so much at once on every system. */
const MOST_BYTES_IN_PIPE = 4_096;
/** As `starter.c` has it; no system takes so much for a command. */
const MOST_REQUEST_BYTES = 16 * 1_048_576;
const MOST_ANSWERS = 32;

/**
 * The program `starter.c`, kept to start commands by `vfork`: that copies no page tables at all, and gives each command a session of its
 * own and its exact status.
 */
export class StarterHelper implements KeptHelper {
  readonly #options: StarterHelperOptions;
  readonly #folder = resolve(mkdtempSync(join(tmpdir(), "rpr-helper-")));
  readonly #token = randomBytes(TOKEN_BYTES);
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** As it was when this began, as that of a kept shell is: to read it takes longer than to start a program. */
  readonly #environment = { ...process.env } as Record<string, string>;
  #env: Readonly<Record<string, string>> | undefined;
  #requests: number | undefined;
  #answers: Socket | undefined;
  #pipeCount = 0;
  #answer: PromiseWithResolvers<number> | undefined;
  /** What the last command became, once that is known; whoever waits for it. */
  #pid: number | undefined;
  #told: PromiseWithResolvers<void> | undefined;
  readonly #last = new LastRequest();
  #isGone = false;

  private constructor(options: StarterHelperOptions) {
    this.#options = options;
    this.#child = spawn(options.program, [this.#folder], { detached: true, stdio: ["pipe", "pipe", "ignore"] });
    this.#exited = once(this.#child, "exit").catch(() => undefined);
    for (const stream of this.#child.stdio) stream?.on("error", () => undefined); // its exit tells
    this.#child.once("error", (error) => this.#lose(error.message));
    this.#child.once("exit", (code, signal) => this.#lose(signal ?? `exit code ${code}`));
  }

  /** @throws HostError `EXECUTION_FAILED` where this program cannot be run. */
  static async open(options: StarterHelperOptions): Promise<StarterHelper> {
    const helper = new StarterHelper(options);
    try {
      const onTimeout = (): Error => helper.#failure(`it did not start within ${START_LIMIT_MS / 1_000} s`);
      await runWithin({ clock: options.clock, limitMs: START_LIMIT_MS, onTimeout }, () => helper.#start());
      helper.#requests = openSync(helper.#path("q"), constants.O_RDWR | constants.O_NONBLOCK);
      const buffer = Buffer.allocUnsafeSlow(MOST_ANSWERS * ANSWER_BYTES);
      helper.#answers = openAnswers(helper.#path("a"), buffer, (length) => helper.#hear(buffer, length));
      return helper;
    } catch (error) {
      await helper[Symbol.asyncDispose]();
      throw error;
    }
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  run(request: ExecutorRequest, pipes: PipePaths): Promise<number> {
    const isKnown = isSame(request.env, this.#env);
    const bytes = isKnown
      ? this.#last.encode(request, pipes)
      : runRequest(request, pipes, this.#variablesOf(request.env));
    if (bytes.length > MOST_REQUEST_BYTES) return Promise.resolve(-system.errno.E2BIG);
    if (!isKnown) this.#env = { ...request.env };
    this.#pid = undefined;
    return this.#ask(bytes);
  }

  async leader(): Promise<RunLeader | undefined> {
    if (this.#answer && this.#pid === undefined) {
      this.#told ??= Promise.withResolvers();
      this.#send(whoRequest());
      await this.#told.promise;
    }
    const pid = this.#pid;
    return pid === undefined ? undefined : { pid, own: [], signalGroup: (signal) => signalGroup(pid, signal) };
  }

  endingOf(_command: string, status: number): Ending {
    return endingOf(status);
  }

  async makePipes(): Promise<PipePaths> {
    const number = this.#pipeCount++;
    const paths = { stdout: this.#path(`o${number}`), stderr: this.#path(`e${number}`) };
    const error = await this.#ask(pipesRequest(paths));
    if (error !== 0) throw this.#failure(`no pipe can be made: ${getSystemErrorMessage(-error) ?? error}`);
    return paths;
  }

  /** Signals meet the command alone, whose status tells of them; and it says nothing beside its answers. */
  expectSignals(): void {}
  async settle(): Promise<void> {}
  watch(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lose("it was stopped");
    // The end of its input is its end, and of all that it started.
    for (const stream of this.#child.stdio) stream?.destroy();
    this.#answers?.destroy();
    if (this.#requests !== undefined) closeSync(this.#requests);
    this.#requests = undefined;
    if (this.#child.pid !== undefined) {
      const limits = { clock: this.#options.clock, limitMs: END_LIMIT_MS, onTimeout: () => this.#failure("it hangs") };
      await runWithin(limits, () => this.#exited).catch(() => this.#child.kill("SIGKILL"));
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    this.#answer = Promise.withResolvers();
    this.#child.stdin!.write(this.#token);
    await Promise.race([once(this.#child.stdout!, "data"), this.#answer.promise]);
    this.#answer = undefined;
    this.#child.stdout!.destroy();
  }

  #ask(request: Buffer): Promise<number> {
    if (this.#isGone || this.#requests === undefined) return Promise.reject(this.#failure("it is gone"));
    this.#answer = Promise.withResolvers();
    this.#send(request);
    return this.#answer.promise;
  }

  #send(request: Buffer): void {
    if (request.length <= MOST_BYTES_IN_PIPE) return void writeSync(this.#requests!, request);
    const path = this.#path("r");
    writeFileSync(path, request, { mode: 0o600 });
    writeSync(this.#requests!, readRequest(path));
  }

  #hear(bytes: Buffer, length: number): void {
    for (let at = 0; at < length; at += ANSWER_BYTES) {
      // Whoever is not this helper does not know the token.
      const isOurs =
        at + ANSWER_BYTES <= length && bytes.compare(this.#token, 0, TOKEN_BYTES, at, at + TOKEN_BYTES) === 0;
      if (!isOurs) return this.#lose("it answered what was not asked");
      this.#heard(readAnswer(bytes, at));
    }
  }

  #heard({ kind, pid, value }: Answer): void {
    const answer = this.#answer;
    if (!answer) return this.#lose("it answered what was not asked");
    if (kind === RUNS || kind === ENDED) this.#pid = pid;
    this.#told?.resolve();
    this.#told = undefined;
    if (kind === RUNS) return;
    this.#answer = undefined;
    if (kind === ENDED || kind === MADE) answer.resolve(value);
    else if (kind === REFUSED) answer.resolve(-value);
    else this.#lose("it speaks another language");
  }

  #variablesOf(env: ExecutorRequest["env"]): string[] {
    return Object.entries({ ...this.#environment, ...env }).map(([name, value]) => `${name}=${value}`);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #lose(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#told?.resolve();
    this.#answer?.reject(this.#failure(reason));
    this.#answer = undefined;
  }

  #failure(reason: string): HostError {
    return new HostError(
      "EXECUTION_FAILED",
      `The helper that starts commands (${this.#options.program}) is gone: ${reason}`,
    );
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // nobody is left
  }
}

/** @param known nothing before the first run. */
function isSame(env: ExecutorRequest["env"], known: ExecutorRequest["env"]): boolean {
  if (!known) return false;
  const names = Object.keys(env ?? {});
  return names.length === Object.keys(known).length && names.every((name) => env![name] === known[name]);
}
