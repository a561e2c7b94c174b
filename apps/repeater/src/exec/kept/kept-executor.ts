import type { Clock } from "@berth/base";
import { checkRequest, refuseUnrunnable } from "../check-request.ts";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "../executor.ts";
import type { KeptHelper } from "./kept-helper.ts";
import { HelperLane } from "./helper-lane.ts";

/** What {@link KeptExecutor} needs. */
export interface KeptExecutorOptions {
  clock: Clock;
  /** Opens a helper; fails where there can be none. */
  open: () => Promise<KeptHelper>;
  /** Which commands helpers can start; all when left out. */
  isFit?: (request: ExecutorRequest) => boolean;
  /** Opens what runs all other commands, and everything where there can be no helper. Disposed with this one. */
  otherwise: () => Executor;
}

/** Each is a process or two; who runs more commands at once starts the rest in the other way. */
const MOST_LANES = 64;

/**
 * Runs commands by kept helpers, one for each command that runs at the same time. The first helper is started at once, the others when
 * they are needed.
 *
 * See docs/decisions/kept-starter.md and kept-helper-shell.md.
 */
export class KeptExecutor implements Executor {
  readonly #options: KeptExecutorOptions;
  readonly #lanes = new Set<HelperLane>();
  readonly #idle: HelperLane[] = [];
  readonly #ending = new AbortController();
  /** The program that ran last is not looked for again. */
  #found: string | undefined;
  #opening = 0;
  #first: Promise<HelperLane | undefined> | undefined;
  #isUnfit = false;
  #other: Executor | undefined;

  constructor(options: KeptExecutorOptions) {
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
    const { isFit, otherwise } = this.#options;
    const taking = isFit?.(checked) === false ? undefined : this.#takeLane();
    const lane = taking instanceof Promise ? await taking : taking;
    if (!lane) this.#ending.signal.throwIfAborted(); // what would run it is not opened any more
    if (!lane) return await (this.#other ??= otherwise()).run(checked, sink, signal);
    try {
      const result = await lane.run(checked, sink, signal);
      const isFound = result.exitCode !== 126 && result.exitCode !== 127;
      this.#found = isFound ? program : undefined;
      return result;
    } finally {
      const leaving = this.#giveBack(lane);
      if (leaving) await leaving;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new DOMException("The executor was disposed", "AbortError"));
    await this.#first;
    await Promise.all([...this.#lanes].map((lane) => lane[Symbol.asyncDispose]()));
    await this.#other?.[Symbol.asyncDispose]();
  }

  #takeLane(): HelperLane | Promise<HelperLane | undefined> {
    const idle = this.#first ? undefined : this.#idle.pop();
    return idle?.isUsable ? idle : this.#takeNewLane(idle);
  }

  /** `undefined` where the command has to be started in the other way. */
  async #takeNewLane(gone: HelperLane | undefined): Promise<HelperLane | undefined> {
    const first = this.#first;
    this.#first = undefined;
    const lane = first ? await first : gone;
    if (lane?.isUsable) return lane;
    if (lane) this.#lanes.delete(lane);
    if (this.#isUnfit || this.#lanes.size + this.#opening >= MOST_LANES) return undefined;
    return await this.#open();
  }

  async #open(): Promise<HelperLane | undefined> {
    this.#opening++;
    try {
      const { clock, open } = this.#options;
      const lane = await HelperLane.open(await open(), clock);
      this.#lanes.add(lane);
      if (!this.#ending.signal.aborted) return lane;
      await lane[Symbol.asyncDispose]();
    } catch {
      // No program, no room for pipes: it will not be better next time, and there is another way.
      this.#isUnfit = true;
    } finally {
      this.#opening--;
    }
    return undefined;
  }

  #giveBack(lane: HelperLane): void | Promise<void> {
    if (lane.isUsable && !this.#ending.signal.aborted) return void this.#idle.push(lane);
    this.#lanes.delete(lane);
    return lane[Symbol.asyncDispose]();
  }
}

/** What decides which program a command is. */
function nameOfProgram({ command, cwd = "", env }: ExecutorRequest): string {
  return `${command}\0${cwd}\0${env?.["PATH"] ?? ""}`;
}
