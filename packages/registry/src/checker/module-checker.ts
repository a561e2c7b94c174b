import { Worker } from "node:worker_threads";
import type { Clock } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import type { BegunModuleCheck, ModuleComparison } from "../scan/check-modules.ts";
import type { KnownModules } from "../scan/known-modules.ts";
import type { CheckAnswer, CheckOptions, CheckQuestion, CheckResult } from "./check-messages.ts";
import type { ForeseenCheck } from "./foreseen-check.ts";

/** A plugin of megabytes takes a second. What takes so long was made to. */
const LIMIT_MS = 30_000;

/** Set by the build: the thread's file lies beside the bundle. */
declare const BERTH_BUNDLED: true | undefined;

/** What was found first, and by which question. */
type Begun = CheckResult["begun"] & { id: number };

/** Who waits for an answer; an empty one: the thread has ended on the way. */
interface Waiting {
  plugin: string;
  result: PromiseWithResolvers<Partial<CheckResult>>;
  limit: Disposable;
}

/**
 * Checks modules as `beginModuleCheck` does, in a thread of its own: a host that checks what an author saves goes on answering. While the
 * thread starts, or where none can be had, it is done where it is asked for. What was found out of a plugin's modules is kept.
 */
export class ModuleChecker implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  readonly #known = new Map<string, KnownModules>();
  #thread: Worker | undefined;
  #ready = Promise.withResolvers<void>();
  #isReady = false;
  #isOver = false;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when there is a thread to ask, which the first check starts. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /**
   * @param plugin whose modules they are.
   * @param options.foreseen what {@link foresee} found, where it holds for what lies in `folder`: that is not looked at again then.
   * @throws HostError `LIMIT_EXCEEDED` when it takes too long, as its `compare` does.
   */
  async begin(
    plugin: string,
    folder: string,
    { signal, foreseen, ...options }: CheckOptions & { signal: AbortSignal; foreseen?: ForeseenCheck | undefined },
  ): Promise<BegunModuleCheck> {
    signal.throwIfAborted();
    const here = (): Promise<BegunModuleCheck> => this.#here(plugin, folder, { ...options, signal });
    const first = foreseen ? asBegun(foreseen) : await this.#begin(plugin, folder, options);
    if (!first) return here();
    const { id: begunBy, ...begun } = first;
    const compare = async (): Promise<ModuleComparison> => {
      const { compared } = await this.#ask(plugin, (id) => ({ kind: "compare", id, begunBy })).result;
      return compared ?? (await here()).compare();
    };
    return { ...begun, compare };
  }

  /**
   * Begins with what {@link begin} will ask. What lies there just now may be half-written.
   *
   * @returns nothing where there is no thread yet, or something is wrong with them.
   * @throws HostError `LIMIT_EXCEEDED` when it takes too long.
   */
  async foresee(plugin: string, folder: string, options: CheckOptions): Promise<ForeseenCheck | undefined> {
    const asked = this.#ask(plugin, (id) => ({ kind: "foresee", id, plugin, folder, options }));
    try {
      return (await asked.result).foreseen;
    } catch (error) {
      if (isHostError(error, "LIMIT_EXCEEDED")) throw error;
      return undefined; // It may have been half-written.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    const thread = this.#thread;
    this.#lose();
    await thread?.terminate();
  }

  async #here(
    plugin: string,
    folder: string,
    options: CheckOptions & { signal: AbortSignal },
  ): Promise<BegunModuleCheck> {
    const { beginModuleCheck, KnownModules } = await import("../scan/index.ts");
    const known = this.#known.get(plugin) ?? new KnownModules();
    this.#known.set(plugin, known);
    return beginModuleCheck(folder, { ...options, known });
  }

  async #begin(plugin: string, folder: string, options: CheckOptions): Promise<Begun | undefined> {
    const asked = this.#ask(plugin, (id) => ({ kind: "begin", id, plugin, folder, options }));
    const { begun } = await asked.result;
    return begun && { ...begun, id: asked.id };
  }

  /** Nothing is answered where there is no thread, or not yet. */
  #ask(plugin: string, question: (id: number) => CheckQuestion): { id: number; result: Promise<Partial<CheckResult>> } {
    if (!this.#isOver) this.#thread ??= this.#start();
    const id = ++this.#lastId;
    if (!this.#thread || !this.#isReady) return { id, result: Promise.resolve({}) };
    const result = Promise.withResolvers<Partial<CheckResult>>();
    const limit = this.#clock.setTimer(() => this.#giveUp(plugin), LIMIT_MS);
    this.#waiting.set(id, { plugin, result, limit });
    this.#thread.ref();
    this.#thread.postMessage(question(id), []);
    return { id, result: result.promise };
  }

  #start(): Worker | undefined {
    const file = typeof BERTH_BUNDLED === "undefined" ? "./check-thread.ts" : "./check-thread.js";
    try {
      const thread = new Worker(new URL(file, import.meta.url), { name: "berth-modules", execArgv: [], env: {} });
      thread.on("message", (answer: CheckAnswer) => this.#hear(answer));
      thread.on("error", () => this.#lose(thread));
      thread.on("exit", () => this.#lose(thread));
      thread.unref();
      return thread;
    } catch {
      return undefined;
    }
  }

  #hear(answer: CheckAnswer): void {
    if ("isReady" in answer) {
      this.#isReady = true;
      // From now on it knows more.
      this.#known.clear();
      return this.#ready.resolve();
    }
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#settle(answer.id, waiting);
    if (!("failed" in answer)) return waiting.result.resolve(answer);
    waiting.result.reject(new HostError("PLUGIN_FAILED", `Cannot check the modules of a plugin: ${answer.failed}`));
  }

  #settle(id: number, { limit }: Waiting): void {
    limit[Symbol.dispose]();
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#thread?.unref();
  }

  /** Others that wait have their modules checked where they asked. */
  #giveUp(plugin: string): void {
    const message = `Cannot check the modules of plugin "${plugin}": it took longer than ${LIMIT_MS / 1_000} s`;
    // Whatever else was asked of its modules takes as long.
    for (const waiting of this.#waiting.values()) {
      if (waiting.plugin === plugin) waiting.result.reject(new HostError("LIMIT_EXCEEDED", message));
    }
    const thread = this.#thread;
    this.#lose();
    void thread?.terminate();
  }

  /** It ended, or ends; the next check starts another. @param thread nothing to do when that is not the one. */
  #lose(thread = this.#thread): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    if (this.#isReady) this.#ready = Promise.withResolvers();
    this.#isReady = false;
    for (const [id, waiting] of this.#waiting) {
      waiting.result.resolve({});
      this.#settle(id, waiting);
    }
  }
}

/** Something is foreseen only where nothing is wrong. */
function asBegun({ id, modules }: ForeseenCheck): Begun {
  return { id, modules, problems: [] };
}
