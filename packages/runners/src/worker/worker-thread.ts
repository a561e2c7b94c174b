import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Clock } from "@berth/base";
import type { ResourceUsage } from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import type { Link } from "@berth/protocol";
import { canInspect } from "../guest/can-inspect.ts";
import { CodeHold } from "../guest/code-hold.ts";
import { type GuestCode, readCompiledMessage } from "../guest/guest-code.ts";
import type { GivenModule } from "../guest/load-given.ts";
import type { WorkerData } from "../guest/worker-guest.ts";
import { OutputLog } from "../plugin-output/output-log.ts";
import { readOutput } from "../plugin-output/read-output.ts";
import type { Ending, FarEnd } from "../remote/far-end.ts";
import { GuestThread, HEAP_MB } from "../thread/guest-thread.ts";
import type { MemoryWatch } from "../thread/memory-watch.ts";
import { logRateOf, ToldOutput } from "./told-output.ts";

/** V8's own limit, as a multiple of the plugin's, so that the watch always comes first. */
const HEAP_OVER_LIMIT = 4;

/** How a thread is started. */
export interface WorkerThreadOptions {
  clock: Clock;
  /** Most memory of a plugin that it is to serve. */
  memoryMb: number;
  /** Whether its plugin is still to come, so that there is time to get everything ready. */
  isSpare: boolean;
  /** What V8 compiled of the guest in an earlier thread. */
  compiled?: GuestCode | undefined;
}

/** A thread with a guest in it: blank, and not keeping the process alive, until {@link occupy}; it serves one plugin. */
export class WorkerThread implements FarEnd {
  readonly #clock: Clock;
  readonly #heapMb: number;
  readonly #thread: GuestThread;
  readonly #hold = new CodeHold();
  readonly #modules: MessagePort;
  #outputEnd: Promise<unknown> = Promise.resolve();

  constructor({ clock, memoryMb, isSpare, compiled }: WorkerThreadOptions) {
    const { port1, port2 } = new MessageChannel();
    const data: WorkerData = {
      isSpare,
      inspects: canInspect(),
      held: this.#hold.shared,
      modules: port2,
      compiled,
    };
    this.#clock = clock;
    this.#modules = port1;
    this.#heapMb = heapFor(memoryMb);
    this.#thread = new GuestThread({
      clock,
      guest: "worker-guest",
      name: "plugin",
      heapMb: this.#heapMb,
      data: { ...data },
      transfer: [port2],
      hasOutput: true,
      // What it wrote last is to be heard before it is called gone.
      heard: () => this.#outputEnd,
    });
    this.#thread.owned.defer(() => port1.close());
  }

  get link(): Link {
    return this.#thread.link;
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

  /** Whether it can serve a plugin of that limit. */
  fits(memoryMb: number): boolean {
    return heapFor(memoryMb) <= this.#heapMb;
  }

  /** Settles once a spare is ready, with what V8 compiled of the guest there, or null where that is nothing new. */
  async compiled(): Promise<GuestCode | null> {
    const { worker } = this.#thread;
    const { promise, resolve } = Promise.withResolvers<GuestCode | null>();
    const onMessage = (message: unknown): void => {
      const told = readCompiledMessage(message);
      if (told) resolve(told.compiled);
    };
    worker.on("message", onMessage);
    void this.gone.then(() => resolve(null));
    try {
      return await promise;
    } finally {
      worker.off("message", onMessage);
    }
  }

  /** Gives it to a plugin: from now on its memory is watched, its output heard, and it keeps the process alive. */
  occupy(request: OpenRequest, memoryMb: number, watch: MemoryWatch): void {
    const { worker } = this.#thread;
    const { stdout, stderr } = worker;
    const told = new ToldOutput(this.#clock, request);
    worker.on("message", (message: unknown) => told.take(message));
    // What was written before the guest saw to it, or past it.
    const output = this.#thread.owned.use(
      new OutputLog({
        clock: this.#clock,
        linesPerSecond: logRateOf(request),
        onLine: (line) => request.onOutput(line),
        onLimit: (event) => request.onLimit(event),
      }),
    );
    this.#outputEnd = Promise.all([
      readOutput(stdout, (chunk) => output.push("stdout", chunk)),
      readOutput(stderr, (chunk) => output.push("stderr", chunk)),
    ]);
    this.#thread.occupy({ request, memoryMb }, watch);
  }

  /** Whether its plugin is kept from being loaded. */
  get isHeld(): boolean {
    return this.#hold.isOn;
  }

  /**
   * Loads nothing before it has its modules and `cleared` resolves, and is ended when `signal` aborts before: nothing else wakes who sleeps.
   *
   * @param modules never rejects.
   */
  loadWhen(modules: Promise<readonly GivenModule[]>, cleared: Promise<void> | undefined, signal: AbortSignal): void {
    const onAbort = (): void => this.kill("it is not to run");
    signal.addEventListener("abort", onAbort, { once: true });
    this.#hold.hold();
    const given = modules.then((texts) => this.#modules.postMessage(texts, []));
    void Promise.all([given, cleared]).then(
      () => {
        signal.removeEventListener("abort", onAbort);
        this.#hold.release();
      },
      () => undefined, // Then `signal` aborts.
    );
  }

  usage(): Promise<ResourceUsage> {
    return this.#thread.usage();
  }

  kill(ending: Ending): void {
    this.#thread.kill(ending);
  }
}

function heapFor(memoryMb: number): number {
  return Math.max(HEAP_MB, memoryMb * HEAP_OVER_LIMIT);
}
