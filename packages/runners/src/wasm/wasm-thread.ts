import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { type Clock, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { LimitEvent, OpenRequest } from "@berth/kernel/runner";
import { type Link, portLink } from "@berth/protocol";
import { guestFile } from "../guest/guest-file.ts";
import type { Ending, FarEnd } from "../remote/far-end.ts";
import { describeError, describeExit, tooMuchMemory } from "../worker/describe-end.ts";
import type { MemoryWatch } from "../worker/memory-watch.ts";
import { measuresOf } from "../worker/worker-measures.ts";
import { countTaken, takenCounter } from "./guest/flow-control.ts";
import type { CompiledComponent, ThreadMessage } from "./guest/thread-messages.ts";

/**
 * Where V8 itself ends the thread, MiB; far above what the watch lets pass, because V8 ends the whole process when one large object
 * does not fit any more.
 */
const HEAP_MB = 2_000;
const YOUNG_MB = 24;
/** A thread in the midst of a call of native code cannot be ended before that returns. */
const END_WITHIN_MS = 2_000;
/** What the thread itself holds beside the component's memory: values on their way, and the code. */
const OWN_MB = 128;
const LONGEST_MESSAGE = 500;

/** A thread that runs one component; blank, and not keeping the process alive, until {@link occupy}. */
export class WasmThread implements FarEnd {
  readonly link: Link;
  readonly gone: Promise<Ending>;
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #cache: MessagePort;
  readonly #owned = new DisposableStack();
  readonly #settleGone: (ending: Ending) => void;
  #ending: Ending | undefined;
  #patience: Disposable | undefined;
  #isGone = false;
  #request: Pick<OpenRequest, "onLimit" | "onOutput"> | undefined;
  #onCompiled: (compiled: CompiledComponent) => void = () => undefined;

  constructor(clock: Clock) {
    const { port1, port2 } = new MessageChannel();
    const cache = new MessageChannel();
    const taken = takenCounter();
    this.#clock = clock;
    this.link = countTaken(portLink(port1), taken);
    this.#worker = new Worker(guestFile("wasm-guest"), {
      workerData: { port: port2, taken, cache: cache.port2 },
      transferList: [port2, cache.port2],
      name: "component",
      argv: [],
      execArgv: [],
      env: {},
      trackUnmanagedFds: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#cache = cache.port1;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.gone = promise;
    this.#settleGone = resolve;
    this.#worker.on("message", (message: ThreadMessage) => this.#hear(message));
    this.#worker.on("error", (error) => {
      this.#ending ??= describeError(error);
    });
    this.#worker.on("exit", (code) => {
      this.#ending ??= describeExit(code);
      this.#finish();
    });
    this.#worker.unref();
  }

  /** Gives it to a plugin: from now on its memory is watched, its output heard, and it keeps the process alive. */
  occupy(request: OpenRequest, memoryMb: number, watch: MemoryWatch): void {
    this.#request = request;
    const onOver = (usedMb: number): void => {
      const event: LimitEvent = { limit: "memory_mb", allowed: memoryMb, used: usedMb, action: "ended" };
      request.onLimit(event);
      this.kill(tooMuchMemory(request.identity.name, memoryMb, usedMb));
    };
    this.#owned.use(watch.watch({ ...measuresOf(this.#worker), memoryMb: memoryMb + OWN_MB, onOver }));
    this.#worker.ref();
  }

  /** Gives it what was compiled of the component before, if anything was; `onCompiled` is given what is compiled now. */
  share(cached: CompiledComponent | undefined, onCompiled: (compiled: CompiledComponent) => void): void {
    if (cached) this.#cache.postMessage(cached, []);
    this.#onCompiled = onCompiled;
  }

  kill(ending: Ending): void {
    if (this.#isGone || this.#patience) return;
    this.#ending ??= ending;
    this.#patience = this.#clock.setTimer(() => this.#giveUp(), END_WITHIN_MS);
    void this.#worker.terminate();
  }

  #hear(message: ThreadMessage): void {
    if (typeof message === "string") return;
    if ("output" in message) this.#request?.onOutput(message.output);
    else if ("limit" in message) this.#request?.onLimit(message.limit);
    else if ("compiled" in message) this.#onCompiled(message.compiled);
    else this.kill(trapped(message.trapped));
  }

  /** Nothing can end native code that does not return; at least nobody waits for it. */
  #giveUp(): void {
    this.#worker.unref();
    this.#finish();
  }

  #finish(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#patience?.[Symbol.dispose]();
    this.#owned.dispose();
    this.#cache.close();
    this.link.close();
    this.#settleGone(this.#ending ?? "it ended");
  }
}

function trapped(message: string): HostError {
  return new HostError("PLUGIN_FAILED", neutraliseLine(message, LONGEST_MESSAGE));
}
