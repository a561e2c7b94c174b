import { realpathSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Clock, systemClock } from "@berth/base";
import { type Channel, HostError } from "@berth/contract";
import type { OpenRequest, Runner, TierReport } from "@berth/kernel/runner";
import type { CodePlace } from "../guest/load-module.ts";
import type { GivenModule } from "../guest/load-given.ts";
import { DEFAULT_LIMITS } from "../limits/resolve-limits.ts";
import { RemoteChannel } from "../remote/remote-channel.ts";
import { MemoryWatch } from "../thread/memory-watch.ts";
import { givenModules } from "../modules/given-modules.ts";
import { TypeStripper } from "../modules/type-stripper.ts";
import { WorkerPool } from "./worker-pool.ts";
import { WORKER_REPORT } from "./worker-report.ts";
import { logRateOf } from "./told-output.ts";

/** Options of {@link WorkerRunner}. */
export interface WorkerRunnerOptions {
  clock?: Clock;
  /** Threads kept ready once a plugin was opened, so that the next one opens at once; default 1. */
  warm?: number;
  /** How long work may go on after its call was cancelled; default 1,000. */
  graceMs?: number;
}

/**
 * Runs each plugin in a thread of its own. A plugin that crashes, loops, or fills its memory is ended without harm to others; one
 * that means harm is not held: the thread has all rights of the host's process.
 */
export class WorkerRunner implements Runner, AsyncDisposable {
  readonly tier = "worker";
  readonly awaitsClearance = true;
  readonly #clock: Clock;
  readonly #graceMs: number | undefined;
  readonly #pool: WorkerPool;
  readonly #memory: MemoryWatch;
  readonly #stripper: TypeStripper;
  readonly #open = new Set<Channel>();
  readonly #opening = new Set<Promise<Channel>>();
  readonly #over = new AbortController();

  constructor({ clock = systemClock, warm = 1, graceMs }: WorkerRunnerOptions = {}) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#pool = new WorkerPool(clock, warm);
    this.#memory = new MemoryWatch(clock);
    this.#stripper = new TypeStripper(clock);
  }

  /** Threads that wait for a plugin just now. */
  get warmThreads(): number {
    return this.#pool.size;
  }

  report(): Promise<TierReport> {
    return Promise.resolve(WORKER_REPORT);
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    const opening = this.#openThread(request, AbortSignal.any([signal, this.#over.signal]));
    this.#opening.add(opening);
    try {
      const channel = await opening;
      this.#open.add(channel);
      void channel.exited.then(() => this.#open.delete(channel));
      return channel;
    } finally {
      this.#opening.delete(opening);
      if (this.#opening.size === 0) this.#pool.refillLater(memoryOf(request));
    }
  }

  async #openThread(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    signal.throwIfAborted();
    const { folder, manifest, environment, cleared } = request;
    const memoryMb = memoryOf(request);
    const { entry } = manifest.runtime;
    const modules = this.#given(request);
    const thread = this.#pool.take(memoryMb);
    thread.occupy(request, memoryMb, this.#memory);
    thread.loadWhen(modules, cleared, signal);
    const code: CodePlace = {
      entry: pathToFileURL(join(folder, entry)).href,
      shownAs: entry,
      logRate: logRateOf(request),
    };
    return RemoteChannel.open(
      {
        tier: this.tier,
        request,
        clock: this.#clock,
        farEnd: thread,
        code,
        environment,
        isPaused: () => thread.isHeld,
        ...(this.#graceMs === undefined ? {} : { graceMs: this.#graceMs }),
      },
      signal,
    );
  }

  #given({ folder, manifest, modules }: OpenRequest): Promise<GivenModule[]> {
    const real = realOf(folder);
    return givenModules({ folder: real, entry: manifest.runtime.entry, seenAt: real }, this.#stripper, modules);
  }

  /** Ends what is still open, and the threads that wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new HostError("CALL_CANCELLED", "Cannot open a plugin: the host is stopping"));
    await Promise.allSettled(this.#opening);
    await Promise.all([...this.#open, this.#pool, this.#stripper].map((one) => one[Symbol.asyncDispose]()));
    this.#memory[Symbol.dispose]();
  }
}

function realOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder; // Whoever loads it will say what is wrong.
  }
}

function memoryOf({ limits }: OpenRequest): number {
  return limits.memory_mb ?? DEFAULT_LIMITS.memory_mb;
}
