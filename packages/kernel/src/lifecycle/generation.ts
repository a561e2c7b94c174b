import { type Clock, errorMessage, runWithin } from "@berth/base";
import {
  type Channel,
  type ContributionDescription,
  type HealthReport,
  HostError,
  type InstanceRequest,
  type Invoke,
  isHostError,
  type PluginState,
} from "@berth/contract";
import type { LimitEvent } from "../runner.ts";
import type { CallTally } from "../usage/call-tally.ts";
import { CallGate, type CallLimits } from "./call-gate.ts";
import type { CapabilityPool } from "./capability-pool.ts";
import type { EndPace } from "./end-pace.ts";
import { InFlight } from "./in-flight.ts";
import { isGivenUp } from "./is-given-up.ts";

/** How long the steps of a plugin may take, and what its calls may use. */
export interface GenerationLimits extends CallLimits {
  /** Load, initialize and start, each. */
  startTimeoutMs: number;
  /** Stop and clean-up, each. */
  stopTimeoutMs: number;
  /** How long calls under way may go on when the plugin is stopped. */
  drainMs: number;
}

/** A health check is asked often and must not pile up. */
const HEALTH_LIMIT_MS = 5_000;

/** What a {@link Generation} is made of; it becomes the owner of the channel and the capabilities. */
export interface GenerationOptions {
  plugin: string;
  number: number;
  channel: Channel;
  capabilities: CapabilityPool;
  clock: Clock;
  limits: GenerationLimits;
  /** Of the folder its code is run from, where somebody asked. */
  digest?: string | undefined;
  /** Hears of limits that the host itself holds it to. */
  onLimit: (event: LimitEvent) => void;
  /** Counts its calls, where somebody asked for that. */
  tally?: CallTally | undefined;
}

/**
 * One loaded code version of a plugin, and the owner of everything it registered: whatever is put into `owned` is undone when
 * the generation ends, in reverse order.
 */
export class Generation {
  readonly number: number;
  readonly digest: string | undefined;
  readonly owned = new AsyncDisposableStack();
  readonly inFlight = new InFlight();
  readonly #channel: Channel;
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #limits: GenerationLimits;
  readonly #capabilities: CapabilityPool;
  readonly #gate: CallGate;
  readonly #instances = new Map<InstanceRequest, readonly string[]>();
  /** By instance: settles when it is closed. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #onLimit: (event: LimitEvent) => void;
  readonly #tally: CallTally | undefined;
  #isGone = false;
  #pace: EndPace | undefined;
  /** Hears how each call ends, while the generation is on probation. */
  onCallEnd: ((error: unknown) => void) | undefined;

  constructor(options: GenerationOptions) {
    this.#plugin = options.plugin;
    this.number = options.number;
    this.digest = options.digest;
    this.#channel = options.channel;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#capabilities = options.capabilities;
    this.#gate = new CallGate(options);
    this.#onLimit = options.onLimit;
    this.#tally = options.tally;
    // Last in, first out: what is registered later, then what the plugin has under way, then its code.
    this.owned.use(options.channel);
    this.owned.use(options.capabilities);
    void options.channel.exited.then(() => {
      this.#isGone = true;
    });
  }

  get channel(): Channel {
    return this.#channel;
  }

  /** Whether its code has ended, however that came. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** By which request each of its instances was opened. */
  get instances(): readonly InstanceRequest[] {
    return [...this.#instances.keys()];
  }

  describe(signal: AbortSignal): Promise<ContributionDescription[]> {
    return this.#startStep("ask", "ended", signal, (within) => this.#channel.describe(within));
  }

  async begin(signal: AbortSignal): Promise<void> {
    await this.#startStep("initialize", "ended", signal, (within) => this.#channel.initialize(within));
    await this.#startStep("start", "ended", signal, (within) => this.#channel.start(within));
  }

  /** Opens an instance; one that was opened by the same request already is not opened again. */
  async openInstance(request: InstanceRequest, signal: AbortSignal): Promise<readonly string[]> {
    const known = this.#instances.get(request);
    if (known) return known;
    // One of the same name may be closing, and takes its capabilities with it.
    await this.#closing.get(request.instanceId);
    this.#capabilities.expect(request.instanceId, request.config);
    try {
      const members = await this.#startStep(`open "${request.instanceId}" of`, "refused", signal, (within) =>
        this.#channel.openInstance(request, within),
      );
      this.#instances.set(request, members);
      return members;
    } catch (error) {
      await this.#capabilities.release(request.instanceId);
      throw error;
    }
  }

  /** Closes what was opened by `request`, if it is open. */
  async closeInstance(request: InstanceRequest): Promise<void> {
    if (!this.#instances.delete(request)) return;
    const { instanceId } = request;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#closing.set(instanceId, closed);
    try {
      await this.#step(`close "${instanceId}" of`, this.#limits.stopTimeoutMs, undefined, (within) =>
        this.#channel.closeInstance(instanceId, within),
      );
    } finally {
      await this.#capabilities.release(instanceId);
      this.#closing.delete(instanceId);
      resolve();
    }
  }

  method(instanceId: string, member: string): Invoke {
    const invoke = this.#channel.method(instanceId, member);
    const tally = this.#tally;
    return (args, call) => {
      const begunMs = tally === undefined ? 0 : tally.begin();
      // Also the calls that wait for a place are this generation's.
      const work = this.inFlight.track(
        this.#gate.run(call, (gated) => invoke(args, gated)),
        call,
        tally,
        begunMs,
      );
      if (this.onCallEnd) this.#tellEnd(work, call.signal);
      return work;
    };
  }

  /** How long calls under way may go on. */
  get drainMs(): number {
    return this.#limits.drainMs;
  }

  /** Whether all events and timers that were delivered have been handled within `limitMs`. */
  async quiet(limitMs: number, signal: AbortSignal): Promise<boolean> {
    const over = new Error("Not quiet yet");
    try {
      const within = { clock: this.#clock, limitMs, signal, onTimeout: () => over };
      await runWithin(within, (limited) => this.#channel.quiet(limited));
      return true;
    } catch (error) {
      if (error === over) return false;
      throw error;
    }
  }

  /** What the next generation is to go on from, if the plugin hands state on. */
  saveState(signal: AbortSignal): Promise<PluginState | undefined> {
    return this.#startStep("save the state of", "refused", signal, (within) => this.#channel.saveState(within));
  }

  restoreState(state: PluginState, signal: AbortSignal): Promise<void> {
    return this.#startStep("hand state to", "refused", signal, (within) => this.#channel.restoreState(state, within));
  }

  /** One that fails to answer is unhealthy. */
  async health(signal: AbortSignal): Promise<HealthReport> {
    const onTimeout = (): Error =>
      new HostError("CALL_DEADLINE_EXCEEDED", `Plugin "${this.#plugin}" did not answer its health check`);
    try {
      const within = { clock: this.#clock, limitMs: HEALTH_LIMIT_MS, signal, onTimeout };
      return await runWithin(within, (limited) => this.#channel.health(limited));
    } catch (error) {
      signal.throwIfAborted();
      return { health: "unhealthy", message: errorMessage(error).slice(0, 1_000) };
    }
  }

  /** It is to replace that one: what that one hears it hears after it. */
  follow(before: Generation): void {
    this.#capabilities.gate.follow(before.#capabilities.gate);
  }

  /** It serves from now on: events and timers reach it, those that came while it took over first. */
  serve(): void {
    this.#capabilities.gate.open();
  }

  /** It is about to serve, or to be replaced: what comes waits. */
  pause(): void {
    this.#capabilities.gate.wait();
  }

  /** Another serves. It goes on to exist, in case that one fails, but hears of nothing. */
  retire(): void {
    this.#capabilities.gate.close();
  }

  #tellEnd(work: Promise<unknown>, signal: AbortSignal): void {
    work.then(
      () => this.onCallEnd?.(undefined),
      (error: unknown) => {
        if (!isGivenUp(signal)) this.onCallEnd?.(error);
      },
    );
  }

  /**
   * Drains, stops, cleans up, drops the code. Every step runs whatever the ones before did; the failures come back, they are not
   * thrown, because the generation is over either way.
   */
  async end(began: boolean): Promise<unknown[]> {
    const failures: unknown[] = [];
    const attempt = async (work: Promise<unknown>): Promise<void> => {
      await work.catch((error: unknown) => failures.push(error));
    };
    if (began) {
      await this.inFlight.drained(this.#clock, this.#pace?.drainMs ?? this.#limits.drainMs, this.#pace?.drainOver);
      await attempt(this.#endStep("stop", (within) => this.#channel.stop(within)));
    }
    await attempt(this.#endStep("clean up", (within) => this.#channel.cleanup(within)));
    await attempt(this.owned.disposeAsync());
    return failures;
  }

  /** The host stops: its end is a part of that. */
  keepPace(pace: EndPace): void {
    this.#pace = pace;
  }

  /** Gives up all it owns without a word to the plugin, whose code is gone already. */
  async drop(): Promise<void> {
    await this.owned.disposeAsync().catch(() => undefined);
  }

  /** A step of its end, for which the host may have less time than the plugin is usually given. */
  #endStep(verb: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const patience = this.#pace?.patienceOver;
    if (!patience) return this.#step(verb, this.#limits.stopTimeoutMs, undefined, work);
    const onCut = (): HostError =>
      new HostError(
        "CALL_DEADLINE_EXCEEDED",
        `Cannot ${verb} plugin "${this.#plugin}": the host's time to stop is over`,
      );
    if (patience.aborted) return Promise.reject(onCut());
    const cut = new AbortController();
    patience.addEventListener("abort", () => cut.abort(onCut()), { once: true });
    return this.#step(verb, this.#limits.stopTimeoutMs, cut.signal, work);
  }

  /** A step of what `limits.start_timeout_ms` bounds. */
  #startStep<T>(
    verb: string,
    action: LimitEvent["action"],
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const allowed = this.#limits.startTimeoutMs;
    const tell = (): void => this.#onLimit({ limit: "start_timeout_ms", allowed, used: allowed, action });
    return this.#step(verb, allowed, signal, work, tell);
  }

  async #step<T>(
    verb: string,
    limitMs: number,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
    tellTooLong: () => void = () => undefined,
  ): Promise<T> {
    const onTimeout = (): Error => {
      tellTooLong();
      return new HostError(
        "CALL_DEADLINE_EXCEEDED",
        `Cannot ${verb} plugin "${this.#plugin}": it took longer than ${limitMs / 1_000} s`,
      );
    };
    try {
      return await runWithin({ clock: this.#clock, limitMs, signal, onTimeout }, work);
    } catch (error) {
      if (isHostError(error) || signal?.aborted) throw error;
      throw new HostError("PLUGIN_FAILED", `Cannot ${verb} plugin "${this.#plugin}": ${errorMessage(error)}`, {
        cause: error,
      });
    }
  }
}
