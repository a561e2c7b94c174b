import { sleep, systemClock } from "@berth/base";
import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { exitOf } from "./exit-status.ts";
import { DESCRIPTORS } from "./launcher-descriptors.ts";
import { childrenOf, isAlive, processState } from "./proc.ts";
import type { SandboxExit, SandboxedProcess } from "./sandboxed-process.ts";
import { signalQuietly } from "./signal-quietly.ts";
import type { SpawnedChild } from "./spawn-child.ts";
import type { FindExcess } from "./temporary-excess.ts";

/** A launcher that does not even stop by then hangs in the kernel. */
const LONGEST_STOP_MS = 5_000;

/** The launcher ends right after what it watches, on a busy machine a while later. One that does not was stopped by somebody. */
const ROUND_MS = 200;
const MOST_ROUNDS = 50;

const LOOK_AGAIN_MS = 1;

/** How often its temporary files are looked at: a program makes some ten thousand in that time, which is ten MiB. */
const LOOK_FOR_EXCESS_MS = 250;

/** What happens here is the kernel's doing, which keeps the machine's time and no other. */
const CLOCK = systemClock;

/** The first process inside, which the others do not outlive. */
interface First {
  pid: number;
  startedAt: number;
}

/** What differs between launchers. */
export interface WatchOptions {
  /** Ends all that runs inside, given the first process of it. */
  endAll(first: number): void;
  /** Removes what the launch made on the machine, once all is gone. Must not fail. */
  cleanUp?(): Promise<void>;
  /** What it keeps in temporary files has no limit of the kernel, so it is looked at. */
  findExcess?: FindExcess;
}

/** A sandbox as a launcher leaves it: a monitor outside, which is our child, and a first process inside, which it tells of. */
export class WatchedProcess implements SandboxedProcess {
  readonly child: ChildProcess;
  readonly channel: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly pid: number;
  readonly gone: Promise<SandboxExit>;
  readonly #options: WatchOptions;
  readonly #exited: Promise<SandboxExit>;
  /** Nothing when the monitor ended before it made one. */
  readonly #first: Promise<First | undefined>;
  #known: First | undefined;
  readonly #over = new AbortController();
  #reason: string | undefined;
  #killing: Promise<void> | undefined;

  constructor(spawned: SpawnedChild, options: WatchOptions) {
    const { child } = spawned;
    this.child = child;
    this.pid = spawned.pid;
    this.channel = spawned.descriptor(DESCRIPTORS.channel);
    this.stdout = child.stdout!;
    this.stderr = child.stderr!;
    this.#options = options;
    this.#exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(exitOf(code, signal)));
    });
    this.#first = readFirst(spawned.descriptor(DESCRIPTORS.info));
    void this.#first.then((first) => (this.#known = first));
    this.gone = this.#untilGone(this.#watchExcess());
  }

  kill(): Promise<void> {
    this.#killing ??= this.#kill();
    return this.#killing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #kill(): Promise<void> {
    for (let round = 0; !this.#hasExited && round < MOST_ROUNDS; round++) {
      using timers = new DisposableStack();
      const first = this.#known;
      if (first === undefined) await this.#endEarly(timers);
      else if (isAlive(first.pid, first.startedAt)) this.#options.endAll(first.pid);
      // Somebody may have stopped the launcher, and it has to collect what died.
      if (!this.#hasExited) signalQuietly(this.pid, "SIGCONT");
      await Promise.race([this.#exited, this.#after(ROUND_MS, timers)]);
    }
    if (!this.#hasExited) signalQuietly(this.pid, "SIGKILL");
    await this.gone;
  }

  /**
   * Ends a sandbox whose launcher has not told of a first process yet. A launcher that is killed before what is inside is tied to it
   * would leave that behind: so it is stopped, and looked at.
   */
  async #endEarly(timers: DisposableStack): Promise<void> {
    signalQuietly(this.pid, "SIGSTOP");
    await Promise.race([untilStopped(this.pid, this.#over.signal), this.#after(LONGEST_STOP_MS, timers)]);
    if (this.#hasExited) return;
    const children = childrenOf(this.pid);
    // The kernel does not tell, so the launcher has to: in the next round.
    if (children === undefined) return;
    if (children[0] === undefined) {
      signalQuietly(this.pid, "SIGKILL");
    } else {
      this.#options.endAll(children[0]);
    }
  }

  get #hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async #untilGone(watching: Promise<void>): Promise<SandboxExit> {
    const exit = await this.#exited;
    this.#over.abort();
    await watching;
    const first = await this.#first;
    // The monitor of a program that ended by itself may go before the rest, which the kernel then ends.
    if (first !== undefined) await untilDead(first);
    await this.#options.cleanUp?.();
    return this.#reason === undefined ? exit : { ...exit, reason: this.#reason };
  }

  async #watchExcess(): Promise<void> {
    const { findExcess } = this.#options;
    const first = await this.#first;
    if (findExcess === undefined || first === undefined) return;
    while (await waited(LOOK_FOR_EXCESS_MS, this.#over.signal)) {
      this.#reason = findExcess(first.pid);
      if (this.#reason === undefined) continue;
      void this.kill();
      return;
    }
  }

  #after(delayMs: number, owner: DisposableStack): Promise<undefined> {
    return new Promise((resolve) => {
      owner.use(CLOCK.setTimer(() => resolve(undefined), delayMs));
    });
  }
}

async function untilStopped(pid: number, signal: AbortSignal): Promise<void> {
  while (!["T", "Z", undefined].includes(processState(pid)?.state) && (await waited(LOOK_AGAIN_MS, signal)));
}

async function untilDead({ pid, startedAt }: First): Promise<void> {
  while (isAlive(pid, startedAt)) await sleep(CLOCK, LOOK_AGAIN_MS);
}

/** Whether it came to the end of the time, and not of the sandbox. */
async function waited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(CLOCK, delayMs, signal);
    return true;
  } catch {
    return false;
  }
}

/** A launcher writes one small JSON object and closes its end. */
async function readFirst(info: Duplex): Promise<First | undefined> {
  let text = "";
  try {
    for await (const chunk of info) text += String(chunk);
  } catch {
    return undefined;
  }
  const pid = Number(/"child-pid": (\d+)/.exec(text)?.[1]);
  const state = Number.isInteger(pid) ? processState(pid) : undefined;
  return state === undefined ? undefined : { pid, startedAt: state.startedAt };
}
