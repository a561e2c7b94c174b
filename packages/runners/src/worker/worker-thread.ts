import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Clock } from "@berth/base";
import type { OpenRequest } from "@berth/kernel/runner";
import { type Link, portLink } from "@berth/protocol";
import { guestFile } from "../guest/guest-file.ts";
import { OutputLog } from "../plugin-output/output-log.ts";
import { readOutput } from "../plugin-output/read-output.ts";
import { DEFAULT_LIMITS } from "../limits/resolve-limits.ts";
import type { Ending, FarEnd } from "../remote/far-end.ts";
import { describeError, describeExit, tooMuchMemory } from "./describe-end.ts";
import type { MemoryWatch } from "./memory-watch.ts";
import { measuresOf } from "./worker-measures.ts";

/**
 * Where V8 itself ends a thread, MiB. Far above what plugins are held to, because V8 ends the whole process when one large object (an
 * array that grows) does not fit any more; the watch has noticed long before. From 2 GiB on V8 collects garbage half as often.
 */
const HEAP_MB = 2_000;
const HEAP_OVER_LIMIT = 4;
/** Young objects, mostly garbage, count as memory too: with the usual 48 MiB of them a small limit could not be held. */
const YOUNG_MB = 24;
/** A thread in the midst of a call of native code cannot be ended before that returns. */
const END_WITHIN_MS = 2_000;

/** How a thread is started. */
export interface WorkerThreadOptions {
  clock: Clock;
  /** Most memory of a plugin that it is to serve. */
  memoryMb: number;
  /** Whether to make Node's compiler for TypeScript ready, which takes 25 ms and 5 MiB. */
  isTypeScript: boolean;
  /** Whether its plugin is still to come, so that there is time to get everything ready. */
  isSpare: boolean;
}

/** A thread with a guest in it: blank, and not keeping the process alive, until {@link occupy}; it serves one plugin. */
export class WorkerThread implements FarEnd {
  readonly link: Link;
  readonly gone: Promise<Ending>;
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #heapMb: number;
  readonly #settleGone: (ending: Ending) => void;
  readonly #owned = new DisposableStack();
  #outputEnd: Promise<unknown> = Promise.resolve();
  #ending: Ending | undefined;
  #patience: Disposable | undefined;
  #isGone = false;

  constructor({ clock, memoryMb, isTypeScript, isSpare }: WorkerThreadOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#clock = clock;
    this.#port = port1;
    this.#heapMb = heapFor(memoryMb);
    this.link = portLink(port1);
    this.#worker = new Worker(guestFile("worker-guest"), {
      workerData: { port: port2, isSpare, isTypeScript },
      transferList: [port2],
      name: "plugin",
      argv: [],
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
      trackUnmanagedFds: true,
      resourceLimits: { maxOldGenerationSizeMb: this.#heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.gone = promise;
    this.#settleGone = resolve;
    this.#worker.on("error", (error) => {
      this.#ending ??= describeError(error);
    });
    this.#worker.on("exit", (code) => {
      this.#ending ??= describeExit(code);
      // What it wrote last is to be heard before it is called gone.
      void this.#outputEnd.then(() => this.#finish());
    });
    this.#worker.unref();
  }

  /** Whether it can serve a plugin of that limit. */
  fits(memoryMb: number): boolean {
    return heapFor(memoryMb) <= this.#heapMb;
  }

  /** Gives it to a plugin: from now on its memory is watched, its output heard, and it keeps the process alive. */
  occupy(request: OpenRequest, memoryMb: number, watch: MemoryWatch): void {
    const { stdout, stderr } = this.#worker;
    const output = this.#owned.use(
      new OutputLog({
        clock: this.#clock,
        linesPerSecond: request.limits.log_rate ?? DEFAULT_LIMITS.log_rate,
        onLine: (line) => request.onOutput(line),
        onLimit: (event) => request.onLimit(event),
      }),
    );
    this.#outputEnd = Promise.all([
      readOutput(stdout, (chunk) => output.push("stdout", chunk)),
      readOutput(stderr, (chunk) => output.push("stderr", chunk)),
    ]);
    const onOver = (usedMb: number): void => {
      request.onLimit({ limit: "memory_mb", allowed: memoryMb, used: usedMb, action: "ended" });
      this.kill(tooMuchMemory(request.identity.name, memoryMb, usedMb));
    };
    this.#owned.use(watch.watch({ ...measuresOf(this.#worker), memoryMb, onOver }));
    this.#worker.ref();
  }

  kill(ending: Ending): void {
    if (this.#isGone || this.#patience) return;
    this.#ending ??= ending;
    this.#patience = this.#clock.setTimer(() => this.#giveUp(), END_WITHIN_MS);
    void this.#worker.terminate();
  }

  /** Nothing can end native code that does not return; at least nobody waits for it. */
  #giveUp(): void {
    this.#worker.unref();
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
    this.#owned.dispose();
    this.#settleGone(this.#ending!);
  }
}

function heapFor(memoryMb: number): number {
  return Math.max(HEAP_MB, memoryMb * HEAP_OVER_LIMIT);
}
