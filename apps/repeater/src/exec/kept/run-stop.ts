import type { Clock } from "@berth/base";
import { RunProcesses } from "./run-processes.ts";

/** Whose run it is: a helper, or the command itself. See {@link RunProcesses}. */
export interface RunLeader {
  readonly pid: number;
  readonly own: readonly number[];
  signalGroup(name: NodeJS.Signals): void;
}

/** What {@link RunStop} needs. */
export interface RunStopOptions {
  leader: RunLeader;
  clock: Clock;
  /** When the run began, by the clock. */
  startedMs: number;
  graceMs: number;
}

const LOOK_EVERY_MS = 10;
/** What still starts processes after so many looks is ended with the whole group, and the helper with it. */
const MOST_LOOKS = 50;

/** Ends one run before its time: told first, killed after the grace. Begun at most once. */
export class RunStop implements Disposable {
  readonly #options: RunStopOptions;
  readonly #processes: RunProcesses | undefined;
  #timer: Disposable | undefined;
  #looks = 0;
  #onGone: () => void = () => undefined;

  constructor(options: RunStopOptions) {
    this.#options = options;
    const { leader, clock, startedMs, graceMs } = options;
    const sinceMs = clock.monotonicMs() - startedMs;
    // Elsewhere the group is all that is known of a run, and what earlier runs left in it is ended too.
    if (process.platform === "linux") {
      this.#processes = new RunProcesses({ leader: leader.pid, own: leader.own, sinceMs });
    }
    this.#signal("SIGTERM");
    this.#signal("SIGCONT"); // one that was stopped hears nothing else
    this.#timer = clock.setTimer(() => this.#kill(), graceMs);
  }

  /** After the command has ended: what it left behind is owed no more grace. Resolves when nothing of it is found any more. */
  async sweep(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#looks = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onGone = resolve;
    this.#kill();
    await promise;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #kill(): void {
    const { leader, clock } = this.#options;
    const isLast = !this.#processes || ++this.#looks > MOST_LOOKS;
    if (isLast) leader.signalGroup("SIGKILL");
    // The next look finds what these had just started.
    else if (this.#signal("SIGKILL") > 0) return void (this.#timer = clock.setTimer(() => this.#kill(), LOOK_EVERY_MS));
    this.#onGone();
  }

  #signal(name: NodeJS.Signals): number {
    if (this.#processes) return this.#processes.signal(name);
    this.#options.leader.signalGroup(name);
    return 0;
  }
}
