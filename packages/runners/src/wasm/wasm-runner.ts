import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { type Clock, errorMessage, runWithin, systemClock } from "@berth/base";
import { type Channel, HostError } from "@berth/contract";
import type { OpenRequest, Runner, TierReport } from "@berth/kernel/runner";
import { DEFAULT_LIMITS } from "../limits/resolve-limits.ts";
import { RemoteChannel } from "../remote/remote-channel.ts";
import { MemoryWatch } from "../thread/memory-watch.ts";
import type { CompiledComponent, ComponentCode } from "./guest/thread-messages.ts";
import { wasmReport } from "./wasm-report.ts";
import { WasmThread } from "./wasm-thread.ts";
import { interfacesOf } from "./world/interfaces.ts";

/** A TypeScript plugin is compiled in 20 ms; the engine takes seconds for what was made to take long. */
const LOAD_MS = 10_000;

/** Components whose compiled code is kept for the next open: it takes about three times the file. */
const MOST_COMPILED = 8;

/** Options of {@link WasmRunner}. */
export interface WasmRunnerOptions {
  clock?: Clock;
  /** Threads kept ready once a plugin was opened, so that the next one opens at once; default 1. */
  warm?: number;
  /** How long work may go on after its call was cancelled; default 1,000. */
  graceMs?: number;
  /** How long reading, compiling and linking may take; default 10,000. */
  loadMs?: number;
}

/**
 * Runs each plugin as a WebAssembly component in a thread of its own. It reaches nothing but the functions that it imports, and is
 * given those it was granted; its memory has a maximum, and what does not return is ended with its thread.
 */
export class WasmRunner implements Runner, AsyncDisposable {
  readonly tier = "wasm";
  readonly #clock: Clock;
  readonly #options: WasmRunnerOptions;
  readonly #warm: number;
  readonly #blank: WasmThread[] = [];
  readonly #memory: MemoryWatch;
  readonly #open = new Set<Channel>();
  /** By file, the one that was used last at the end. */
  readonly #compiled = new Map<string, CompiledComponent>();
  #refill: NodeJS.Immediate | undefined;
  #isDisposed = false;

  constructor(options: WasmRunnerOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#warm = options.warm ?? 1;
    this.#memory = new MemoryWatch(this.#clock);
  }

  report(): Promise<TierReport> {
    return Promise.resolve(wasmReport());
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    signal.throwIfAborted();
    const { name } = request.identity;
    if (this.#isDisposed) throw new HostError("PLUGIN_FAILED", `Cannot load plugin "${name}": the host is stopping`);
    const code = await codeOf(request);
    const thread = this.#blank.pop() ?? new WasmThread(this.#clock);
    thread.occupy(request, code.memoryMb, this.#memory);
    thread.share(this.#compiled.get(code.file), (compiled) => this.#keep(code.file, compiled));
    const channel = await this.#greet(request, thread, code, signal).finally(() => {
      // A thread takes as long to start as a plugin to open: the next one waits until this one is open.
      this.#refill ??= setImmediate(() => this.#fill());
    });
    this.#open.add(channel);
    void channel.exited.then(() => this.#open.delete(channel));
    return channel;
  }

  /** Ends what is still open, and the threads that wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    clearImmediate(this.#refill);
    for (const thread of this.#blank) thread.kill("not needed");
    await Promise.all([
      ...[...this.#open].map((channel) => channel[Symbol.asyncDispose]()),
      ...this.#blank.map((thread) => thread.gone),
    ]);
    this.#memory[Symbol.dispose]();
  }

  async #greet(
    request: OpenRequest,
    farEnd: WasmThread,
    code: ComponentCode,
    signal: AbortSignal,
  ): Promise<RemoteChannel> {
    const { loadMs: limitMs = LOAD_MS, graceMs } = this.#options;
    const { name } = request.identity;
    const onTimeout = (): HostError =>
      new HostError(
        "LIMIT_EXCEEDED",
        `Cannot load plugin "${name}": ${code.shownAs} was not compiled and linked in ${limitMs} ms`,
        { details: { plugin: name, limitMs } },
      );
    const options = { tier: "wasm" as const, request, clock: this.#clock, farEnd, code };
    return await runWithin({ clock: this.#clock, limitMs, signal, onTimeout }, async (within) => {
      // Compiling cannot be interrupted: its thread is.
      const end = (): void => farEnd.kill("it was not loaded in time");
      within.addEventListener("abort", end, { once: true });
      try {
        return await RemoteChannel.open({ ...options, ...(graceMs === undefined ? {} : { graceMs }) }, within);
      } finally {
        within.removeEventListener("abort", end);
      }
    });
  }

  #keep(file: string, compiled: CompiledComponent): void {
    this.#compiled.delete(file);
    this.#compiled.set(file, compiled);
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > MOST_COMPILED && oldest !== undefined) this.#compiled.delete(oldest);
  }

  #fill(): void {
    this.#refill = undefined;
    while (this.#blank.length < this.#warm && !this.#isDisposed) {
      const thread = new WasmThread(this.#clock);
      this.#blank.push(thread);
      void thread.gone.then(() => {
        const index = this.#blank.indexOf(thread);
        if (index >= 0) this.#blank.splice(index, 1);
      });
    }
  }
}

async function codeOf(request: OpenRequest): Promise<ComponentCode> {
  const { folder, manifest, limits, grant } = request;
  const shownAs = manifest.runtime.wasm ?? manifest.runtime.entry;
  return {
    file: await fileIn(folder, shownAs),
    shownAs,
    memoryMb: limits.memory_mb ?? DEFAULT_LIMITS.memory_mb,
    logRate: limits.log_rate ?? DEFAULT_LIMITS.log_rate,
    interfaces: interfacesOf(grant),
  };
}

/** A link that leads out of the plugin's folder would make any file of the host a component. */
async function fileIn(folder: string, entry: string): Promise<string> {
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, entry))]);
    if (file.startsWith(root + sep)) return file;
  } catch (cause) {
    const hint = "build it with `berth dev build --target wasm`";
    throw new HostError("PLUGIN_FAILED", `Cannot read ${entry}: ${errorMessage(cause)}; ${hint}`, { cause });
  }
  throw new HostError("PLUGIN_FAILED", `Cannot read ${entry}: it leads out of the plugin's folder`);
}
