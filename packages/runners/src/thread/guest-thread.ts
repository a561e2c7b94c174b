import { MessageChannel, type MessagePort, type Transferable, Worker } from "node:worker_threads";
import type { Clock } from "@berth/base";
import type { ResourceUsage } from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import { type Link, portLink } from "@berth/protocol";
import { guestFile, type GuestName } from "../guest/guest-file.ts";
import type { Ending } from "../remote/far-end.ts";
import { describeError, describeExit, tooMuchMemory } from "./describe-end.ts";
import type { MemoryWatch } from "./memory-watch.ts";
import { measuresOf } from "./thread-measures.ts";
import { ThreadUsage } from "./thread-usage.ts";

/**
 * Where V8 itself ends a thread, MiB. Far above what plugins are held to, because V8 ends the whole process when one large object (an
 * array that grows) does not fit any more; the watch has noticed long before. From 2 GiB on V8 collects garbage half as often.
 */
export const HEAP_MB = 2_000;
/** Young objects, mostly garbage, count as memory too: with the usual 48 MiB of them a small limit could not be held. */
const YOUNG_MB = 24;
/** A thread in the midst of a call of native code cannot be ended before that returns. */
const END_WITHIN_MS = 2_000;

/** A thread that loops has no time to be idle. */
const MOSTLY = 0.95;

/** How a {@link GuestThread} is started. */
export interface GuestThreadOptions {
  clock: Clock;
  /** The guest that runs in it. */
  guest: GuestName;
  /** What the thread is called in tools. */
  name: string;
  /** Where V8 itself ends it; {@link HEAP_MB} or more. */
  heapMb: number;
  /** What it is told beside its end of the link, which is `port`. */
  data: Readonly<Record<string, unknown>>;
  transfer?: readonly Transferable[];
  /** Whether what it writes to its standard streams is read by its owner; else it is the host's own output. */
  hasOutput: boolean;
  /** Settles when all that it left behind was heard: it counts as gone then. */
  heard?: () => Promise<unknown>;
}

/** Whom a thread serves, and how much memory it may hold. */
export interface Occupant {
  request: Pick<OpenRequest, "identity" | "onLimit">;
  /** The limit as the operator knows it. */
  memoryMb: number;
  /** What the whole thread may hold, where that is more. */
  watchedMb?: number;
}

/**
 * The thread behind a far end, from its start to its end: blank, and not keeping the process alive, until {@link occupy}; it serves
 * one plugin.
 */
export class GuestThread {
  readonly link: Link;
  readonly gone: Promise<Ending>;
  readonly worker: Worker;
  /** What is given back when it has ended. */
  readonly owned = new DisposableStack();
  readonly #usage: ThreadUsage;
  readonly #clock: Clock;
  readonly #port: MessagePort;
  readonly #settleGone: (ending: Ending) => void;
  #ending: Ending | undefined;
  #patience: Disposable | undefined;
  readonly #exited = Promise.withResolvers<void>();
  #isGone = false;
  #stuck: Promise<void> | undefined;
  #ranMs = 0;
  #lookedMs = 0;

  constructor({ clock, guest, name, heapMb, data, transfer = [], hasOutput, heard }: GuestThreadOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#clock = clock;
    this.#port = port1;
    this.link = portLink(port1);
    this.worker = new Worker(guestFile(guest), {
      workerData: { ...data, port: port2 },
      transferList: [port2, ...transfer],
      name,
      argv: [],
      execArgv: [],
      env: {},
      stdout: hasOutput,
      stderr: hasOutput,
      trackUnmanagedFds: true,
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.gone = promise;
    this.#settleGone = resolve;
    this.worker.on("error", (error) => {
      this.#ending ??= describeError(error);
    });
    this.worker.on("exit", (code) => {
      this.#ending ??= describeExit(code);
      this.#exited.resolve();
      if (heard) void heard().then(() => this.#finish());
      else this.#finish();
    });
    this.worker.unref();
    this.#usage = new ThreadUsage(this.worker, guest === "worker-guest");
  }

  /** What runs in it uses. */
  usage(): Promise<ResourceUsage> {
    return this.#usage.read();
  }

  /** Gives it to a plugin: from now on its memory is watched, and it keeps the process alive. */
  occupy({ request, memoryMb, watchedMb = memoryMb }: Occupant, watch: MemoryWatch): void {
    const onOver = (usedMb: number): void => {
      request.onLimit({ limit: "memory_mb", allowed: memoryMb, used: usedMb, action: "ended" });
      this.kill(tooMuchMemory(request.identity.name, memoryMb, usedMb));
    };
    this.owned.use(watch.watch({ ...measuresOf(this.worker), memoryMb: watchedMb, onOver }));
    this.worker.ref();
  }

  /** Whether it ran nearly all the time since this was last asked; it is not woken for it. */
  runsOn(): boolean {
    const { idle, active } = this.worker.performance.eventLoopUtilization();
    const [ranMs, lookedMs] = [active - this.#ranMs, idle + active - this.#lookedMs];
    [this.#ranMs, this.#lookedMs] = [active, idle + active];
    return ranMs > lookedMs * MOSTLY;
  }

  /** Present once it was given up although it runs on; settles when it has ended after all. */
  get stuck(): Promise<void> | undefined {
    return this.#stuck;
  }

  kill(ending: Ending): void {
    if (this.#isGone || this.#patience) return;
    this.#ending ??= ending;
    this.#patience = this.#clock.setTimer(() => this.#giveUp(), END_WITHIN_MS);
    void this.worker.terminate();
  }

  /** Nothing can end native code that does not return, or a system call; at least nobody waits for it. */
  #giveUp(): void {
    this.worker.unref();
    this.#stuck = this.#exited.promise;
    if (typeof this.#ending === "string") {
      const seconds = END_WITHIN_MS / 1_000;
      this.#ending += `; its thread did not end within ${seconds} s, being in native code, and was left behind`;
    }
    this.#finish();
  }

  #finish(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#patience?.[Symbol.dispose]();
    this.#port.close();
    this.owned.dispose();
    this.#settleGone(this.#ending!);
  }
}
