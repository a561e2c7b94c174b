import { type Clock, systemClock } from "@berth/base";
import { type Channel, HostError } from "@berth/contract";
import type { OpenRequest, Runner, TierReport } from "@berth/kernel/runner";
import type { CgroupOptions } from "../limits/index.ts";
import { RemoteChannel } from "../remote/remote-channel.ts";
import type { Primitive } from "../sandbox/index.ts";
import { HostMachine } from "./host-machine.ts";
import { ProcessLauncher } from "./process-launcher.ts";

const REFILL_AFTER_MS = 100;

/** Options of {@link ProcessRunner}. */
export interface ProcessRunnerOptions {
  clock?: Clock;
  /** Blank processes kept ready once a plugin was opened, so that the next one opens at once; default 1. */
  warm?: number;
  /** How long work may go on after its call was cancelled; default 1,000. */
  graceMs?: number;
  /** How firm its walls must be for a plugin, by name; default `kernel` for all. */
  minimumLevel?: (plugin: string) => "kernel" | "runtime";
  /** Hears of trouble that no plugin has: of a process that could not be kept ready. */
  onTrouble?: (error: unknown) => void;
  /** Primitives of the sandbox to treat as missing, to see what is left without them. */
  hide?: readonly Primitive[];
  /** Versions of control groups to leave alone. */
  hideCgroups?: CgroupOptions["hidden"];
}

/**
 * Runs each plugin in a process of its own, in a sandbox of the operating system: it has no network, no files but its own and the
 * granted ones, no environment and no children, and is ended with all it started. Where the system has no sandbox, plugins are
 * refused unless less was accepted for them by name.
 */
export class ProcessRunner implements Runner, AsyncDisposable {
  readonly tier = "process";
  readonly #options: ProcessRunnerOptions;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #open = new Set<Channel>();
  readonly #opening = new Set<Promise<unknown>>();
  #launcher: Promise<ProcessLauncher> | undefined;
  #refill: Disposable | undefined;

  constructor(options: ProcessRunnerOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async report(signal: AbortSignal): Promise<TierReport> {
    return (await this.#ready(signal)).machine.parts.report;
  }

  /** Fills the pool now, for whoever would rather wait at the start. */
  async warm(signal: AbortSignal): Promise<void> {
    await (await this.#ready(signal)).refill();
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    const opening = this.#openNow(request, signal);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
      if (this.#opening.size === 0) this.#refillLater();
    }
  }

  /** Ends what is still open, and the processes that wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new HostError("CALL_CANCELLED", "Cannot open plugins any more: the host is stopping"));
    await Promise.allSettled(this.#opening);
    this.#refill?.[Symbol.dispose]();
    await Promise.all([...this.#open].map((channel) => channel[Symbol.asyncDispose]()));
    const launcher = await this.#launcher?.catch(() => undefined);
    await launcher?.[Symbol.asyncDispose]();
  }

  async #openNow(request: OpenRequest, caller: AbortSignal): Promise<Channel> {
    const { identity, manifest, environment } = request;
    const { graceMs, minimumLevel } = this.#options;
    const signal = AbortSignal.any([caller, this.#over.signal]);
    const launcher = await this.#ready(signal);
    const isExternal = manifest.runtime.type === "external";
    launcher.machine.assertHolds(identity.name, minimumLevel?.(identity.name) ?? "kernel", isExternal);
    const { process, code } = await launcher.start(request, signal);
    const channel = await RemoteChannel.open(
      {
        tier: this.tier,
        request,
        clock: this.#clock,
        farEnd: process,
        code,
        isPaused: () => process.isPaused,
        // A program of its own was started with them.
        ...(isExternal ? {} : { environment }),
        ...(graceMs === undefined ? {} : { graceMs }),
      },
      signal,
    );
    process.started();
    this.#open.add(channel);
    void channel.exited.then(() => this.#open.delete(channel));
    return channel;
  }

  /** Probing the machine is done once, whoever asked first and gave up meanwhile. */
  async #ready(signal: AbortSignal): Promise<ProcessLauncher> {
    signal.throwIfAborted();
    this.#launcher ??= this.#prepare();
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.#launcher, promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #prepare(): Promise<ProcessLauncher> {
    const { hide = [], hideCgroups = [], warm = 1, onTrouble = () => undefined } = this.#options;
    const clock = this.#clock;
    try {
      const machine = await HostMachine.open({ clock, hide, hideCgroups }, this.#over.signal);
      return new ProcessLauncher({ machine, clock, warm, onTrouble });
    } catch (error) {
      // What failed for want of memory or time may work the next time.
      this.#launcher = undefined;
      throw error;
    }
  }

  /** Starting a process takes both cores for a while: not while the plugin that was just opened answers its first call. */
  #refillLater(): void {
    this.#refill?.[Symbol.dispose]();
    this.#refill = this.#clock.setTimer(() => {
      void this.#launcher?.then((launcher) => launcher.refill()).catch(() => undefined);
    }, REFILL_AFTER_MS);
  }
}
