import { checkRequest, refuseUnrunnable } from "../check-request.ts";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "../executor.ts";
import type { HelperOptions } from "./helper.ts";
import { HelperLane } from "./helper-lane.ts";
import { isHandedOn } from "./shell-words.ts";

/** What {@link KeptShellExecutor} needs. */
export interface KeptShellOptions extends HelperOptions {
  /** Runs what helpers are unfit for, and everything where there can be none. Disposed with this one. */
  otherwise: Executor;
}

/** A helper and its guard are two processes; who runs more commands at once starts the rest in the other way. */
const MOST_LANES = 64;

/**
 * Runs commands by kept helper shells, one helper for each command that runs at the same time. The first helper is started at once, the
 * others when they are needed.
 *
 * See docs/decisions/kept-helper-shell.md.
 */
export class KeptShellExecutor implements Executor {
  readonly #options: KeptShellOptions;
  readonly #lanes = new Set<HelperLane>();
  readonly #idle: HelperLane[] = [];
  readonly #ending = new AbortController();
  /** The program that ran last is not looked for again. */
  #found: string | undefined;
  #opening = 0;
  #first: Promise<HelperLane | undefined> | undefined;
  #isUnfit = false;

  constructor(options: KeptShellOptions) {
    this.#options = options;
    this.#first = this.#open();
  }

  async run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    signal.throwIfAborted();
    this.#ending.signal.throwIfAborted();
    const checked = checkRequest(request);
    const program = nameOfProgram(checked);
    if (program !== this.#found) {
      const refused = await refuseUnrunnable(checked, sink);
      if (refused) return refused;
    }
    const lane = isFit(checked) ? await this.#takeLane() : undefined;
    if (!lane) return await this.#options.otherwise.run(checked, sink, signal);
    try {
      const result = await lane.run(checked, sink, signal);
      const isFound = result.exitCode !== 126 && result.exitCode !== 127;
      this.#found = isFound ? program : undefined;
      return result;
    } finally {
      await this.#giveBack(lane);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new DOMException("The executor was disposed", "AbortError"));
    await this.#first;
    await Promise.all([...this.#lanes].map((lane) => lane[Symbol.asyncDispose]()));
    await this.#options.otherwise[Symbol.asyncDispose]();
  }

  /** `undefined` where the command has to be started in the other way. */
  async #takeLane(): Promise<HelperLane | undefined> {
    const first = this.#first;
    this.#first = undefined;
    const lane = first ? await first : this.#idle.pop();
    if (lane?.isUsable) return lane;
    if (lane) this.#lanes.delete(lane);
    if (this.#isUnfit || this.#lanes.size + this.#opening >= MOST_LANES) return undefined;
    return await this.#open();
  }

  async #open(): Promise<HelperLane | undefined> {
    this.#opening++;
    try {
      const lane = await HelperLane.open(this.#options);
      this.#lanes.add(lane);
      if (!this.#ending.signal.aborted) return lane;
      await lane[Symbol.asyncDispose]();
    } catch {
      // No shell, no mkfifo, no room for pipes: it will not be better next time, and there is another way.
      this.#isUnfit = true;
    } finally {
      this.#opening--;
    }
    return undefined;
  }

  async #giveBack(lane: HelperLane): Promise<void> {
    if (lane.isUsable && !this.#ending.signal.aborted) return void this.#idle.push(lane);
    this.#lanes.delete(lane);
    await lane[Symbol.asyncDispose]();
  }
}

/** What decides which program a command is. */
function nameOfProgram({ command, cwd = "", env }: ExecutorRequest): string {
  return `${command}\0${cwd}\0${env?.["PATH"] ?? ""}`;
}

/** `env`, which carries what a shell would lose, takes a command that holds `=` for a variable; and old shells an option for the command. */
function isFit({ command, env = {} }: ExecutorRequest): boolean {
  if (command.startsWith("-")) return false;
  return !command.includes("=") || Object.keys({ ...process.env, ...env }).every(isHandedOn);
}
