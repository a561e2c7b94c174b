import { type Clock, errorMessage, runWithin } from "@berth/base";
import { type Channel, HostError, type InstanceRequest, type Invoke, isHostError } from "@berth/contract";
import type { LimitEvent } from "../runner.ts";
import { CallGate, type CallLimits } from "./call-gate.ts";
import type { CapabilityPool } from "./capability-pool.ts";
import { InFlight } from "./in-flight.ts";

/** How long the steps of a plugin may take, and what its calls may use. */
export interface GenerationLimits extends CallLimits {
  /** Load, initialize and start, each. */
  startTimeoutMs: number;
  /** Stop and clean-up, each. */
  stopTimeoutMs: number;
  /** How long calls under way may go on when the plugin is stopped. */
  drainMs: number;
}

/** What a {@link Generation} is made of; it becomes the owner of the channel and the capabilities. */
export interface GenerationOptions {
  plugin: string;
  number: number;
  channel: Channel;
  capabilities: CapabilityPool;
  clock: Clock;
  limits: GenerationLimits;
  /** Hears of limits that the host itself holds it to. */
  onLimit: (event: LimitEvent) => void;
}

/**
 * One loaded code version of a plugin, and the owner of everything it registered: whatever is put into `owned` is undone when
 * the generation ends, in reverse order.
 */
export class Generation {
  readonly number: number;
  readonly owned = new AsyncDisposableStack();
  readonly inFlight = new InFlight();
  readonly #channel: Channel;
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #limits: GenerationLimits;
  readonly #capabilities: CapabilityPool;
  readonly #gate: CallGate;
  readonly #onLimit: (event: LimitEvent) => void;

  constructor(options: GenerationOptions) {
    this.#plugin = options.plugin;
    this.number = options.number;
    this.#channel = options.channel;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#capabilities = options.capabilities;
    this.#gate = new CallGate(options);
    this.#onLimit = options.onLimit;
    // Last in, first out: what is registered later, then what the plugin has under way, then its code.
    this.owned.use(options.channel);
    this.owned.use(options.capabilities);
  }

  get channel(): Channel {
    return this.#channel;
  }

  async begin(signal: AbortSignal): Promise<void> {
    await this.#startStep("initialize", "ended", signal, (within) => this.#channel.initialize(within));
    await this.#startStep("start", "ended", signal, (within) => this.#channel.start(within));
  }

  async openInstance(request: InstanceRequest, signal: AbortSignal): Promise<readonly string[]> {
    this.#capabilities.expect(request.instanceId, request.config);
    try {
      return await this.#startStep(`open "${request.instanceId}" of`, "refused", signal, (within) =>
        this.#channel.openInstance(request, within),
      );
    } catch (error) {
      await this.#capabilities.release(request.instanceId);
      throw error;
    }
  }

  async closeInstance(instanceId: string): Promise<void> {
    try {
      await this.#step(`close "${instanceId}" of`, this.#limits.stopTimeoutMs, undefined, (within) =>
        this.#channel.closeInstance(instanceId, within),
      );
    } finally {
      await this.#capabilities.release(instanceId);
    }
  }

  method(instanceId: string, member: string): Invoke {
    const invoke = this.#channel.method(instanceId, member);
    return (args, call) => this.#gate.run(call, (gated) => this.inFlight.track(invoke(args, gated), gated));
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
      await this.inFlight.drained(this.#clock, this.#limits.drainMs);
      await attempt(this.#step("stop", this.#limits.stopTimeoutMs, undefined, (within) => this.#channel.stop(within)));
    }
    await attempt(
      this.#step("clean up", this.#limits.stopTimeoutMs, undefined, (within) => this.#channel.cleanup(within)),
    );
    await attempt(this.owned.disposeAsync());
    return failures;
  }

  /** Gives up all it owns without a word to the plugin, whose code is gone already. */
  async drop(): Promise<void> {
    await this.owned.disposeAsync().catch(() => undefined);
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
