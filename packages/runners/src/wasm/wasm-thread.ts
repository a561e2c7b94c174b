import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type Clock, neutraliseLine } from "@berth/base";
import { HostError, type ResourceUsage } from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import type { Link } from "@berth/protocol";
import type { Ending, FarEnd } from "../remote/far-end.ts";
import { GuestThread, HEAP_MB } from "../thread/guest-thread.ts";
import type { MemoryWatch } from "../thread/memory-watch.ts";
import { countTaken, takenCounter } from "./guest/flow-control.ts";
import type { CompiledComponent, ThreadMessage } from "./guest/thread-messages.ts";

/** What the thread itself holds beside the component's memory: values on their way, and the code. */
const OWN_MB = 128;
const LONGEST_MESSAGE = 500;

/** A thread that runs one component; blank, and not keeping the process alive, until {@link occupy}. */
export class WasmThread implements FarEnd {
  readonly link: Link;
  readonly #thread: GuestThread;
  readonly #cache: MessagePort;
  #request: Pick<OpenRequest, "onLimit" | "onOutput"> | undefined;
  #onCompiled: (compiled: CompiledComponent) => void = () => undefined;

  constructor(clock: Clock) {
    const cache = new MessageChannel();
    const taken = takenCounter();
    this.#thread = new GuestThread({
      clock,
      guest: "wasm-guest",
      name: "component",
      heapMb: HEAP_MB,
      data: { taken, cache: cache.port2 },
      transfer: [cache.port2],
      hasOutput: false,
    });
    this.link = countTaken(this.#thread.link, taken);
    this.#cache = cache.port1;
    this.#thread.owned.defer(() => {
      this.#cache.close();
      this.link.close();
    });
    this.#thread.worker.on("message", (message: ThreadMessage) => this.#hear(message));
  }

  get gone(): Promise<Ending> {
    return this.#thread.gone;
  }

  get stuck(): Promise<void> | undefined {
    return this.#thread.stuck;
  }

  runsOn(): boolean {
    return this.#thread.runsOn();
  }

  /** Gives it to a plugin: from now on its memory is watched, its output heard, and it keeps the process alive. */
  occupy(request: OpenRequest, memoryMb: number, watch: MemoryWatch): void {
    this.#request = request;
    this.#thread.occupy({ request, memoryMb, watchedMb: memoryMb + OWN_MB }, watch);
  }

  /** Gives it what was compiled of the component before, if anything was; `onCompiled` is given what is compiled now. */
  share(cached: CompiledComponent | undefined, onCompiled: (compiled: CompiledComponent) => void): void {
    if (cached) this.#cache.postMessage(cached, []);
    this.#onCompiled = onCompiled;
  }

  usage(): Promise<ResourceUsage> {
    return this.#thread.usage();
  }

  kill(ending: Ending): void {
    this.#thread.kill(ending);
  }

  #hear(message: ThreadMessage): void {
    if ("answers" in message) return;
    if ("output" in message) this.#request?.onOutput(message.output);
    else if ("limit" in message) this.#request?.onLimit(message.limit);
    else if ("compiled" in message) this.#onCompiled(message.compiled);
    else this.kill(trapped(message.trapped));
  }
}

function trapped(message: string): HostError {
  return new HostError("PLUGIN_FAILED", neutraliseLine(message, LONGEST_MESSAGE));
}
