import { type CallContext, HostError, type InstanceRequest, type Invoke } from "@berth/contract";
import type { Generation } from "./generation.ts";
import type { ManagedPlugin } from "./managed-plugin.ts";

/** Options of {@link ManagedInstance}. */
export interface ManagedInstanceOptions {
  plugin: ManagedPlugin;
  /** `kind/name`. */
  contribution: string;
  instanceId: string;
  config: unknown;
  /** Whether another version of the plugin may come without the contribution: whoever asks it goes on without. Default false. */
  isDispensable?: boolean;
}

/** An opening under way, and the caller by whom it lives. */
interface Opening {
  done: Promise<void>;
  signal: AbortSignal;
}

/**
 * A contribution with a configuration and an id, which outlives generations: when the plugin has a new one, the next call opens
 * the instance there first.
 */
export class ManagedInstance implements AsyncDisposable {
  readonly id: string;
  readonly contribution: string;
  readonly #options: ManagedInstanceOptions;
  readonly #request: InstanceRequest;
  #generation: Generation | undefined;
  #members: readonly string[] = [];
  #methods = new Map<string, Invoke>();
  #opening: Opening | undefined;
  #kept: Disposable | undefined;
  #isDisposed = false;

  constructor(options: ManagedInstanceOptions) {
    this.id = options.instanceId;
    this.contribution = options.contribution;
    this.#options = options;
    const { contribution, instanceId, config } = options;
    this.#request = { contribution, instanceId, config };
  }

  /** Opens it in the plugin's current generation, loading the plugin first if needed. */
  async open(signal: AbortSignal): Promise<void> {
    this.#assertOpen();
    while (!this.#isBound()) {
      const { plugin } = this.#options;
      // Whoever waits does so by itself: it is counted, and may give up.
      if (plugin.heldBecause !== undefined) {
        await plugin.untilFree(signal);
        this.#assertOpen();
        if (this.#isBound()) return;
      }
      const opening = (this.#opening ??= this.#begin(signal));
      try {
        await opening.done;
        return;
      } catch (error) {
        // Somebody else began it, and has given up.
        if (opening.signal === signal || !opening.signal.aborted) throw error;
        signal.throwIfAborted();
      }
    }
  }

  /** What can be called; known once it is open. */
  get members(): readonly string[] {
    return this.#members;
  }

  /** Whether the instance has the optional member; known once it is open. */
  has(member: string): boolean {
    return this.#members.includes(member);
  }

  /** A stable function for one member, to compose an endpoint around. */
  method(member: string): Invoke {
    return (args, call) => {
      const bound = this.#isBound() || this.#isAdmitted(call) ? this.#methods.get(member) : undefined;
      return bound ? bound(args, call) : this.#openAndCall(member, args, call);
    };
  }

  /** Calls it in one generation, whether that serves or not: for those that are replaced together with its plugin. */
  async callIn(generation: Generation, member: string, args: readonly unknown[], call: CallContext): Promise<unknown> {
    const members = await generation.openInstance(this.#request, call.signal);
    if (!members.includes(member)) throw this.#hasNo(member);
    return generation.method(this.id, member)(args, call);
  }

  #hasNo(member: string): HostError {
    return new HostError("CALL_UNKNOWN_CONTRIBUTION", `"${this.id}" (${this.contribution}) has no ${member}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // What is being opened just now would otherwise stay open in the plugin, and its id taken.
    await this.#opening?.done.catch(() => undefined);
    this.#kept?.[Symbol.dispose]();
    await this.#options.plugin.serving?.closeInstance(this.#request);
  }

  #assertOpen(): void {
    if (this.#isDisposed) throw new HostError("CALL_CANCELLED", `Cannot call "${this.id}": it was closed`);
  }

  #begin(signal: AbortSignal): Opening {
    const done = this.#bind(signal).finally(() => {
      this.#opening = undefined;
    });
    return { done, signal };
  }

  #isBound(): boolean {
    return this.#generation !== undefined && this.#generation === this.#options.plugin.generation;
  }

  #isAdmitted(call: CallContext): boolean {
    const { plugin } = this.#options;
    return this.#generation !== undefined && this.#generation === plugin.serving && plugin.admits(call);
  }

  async #openAndCall(member: string, args: readonly unknown[], call: CallContext): Promise<unknown> {
    // Between the opening and now the plugin may have been held for its next generation.
    do await this.open(call.signal);
    while (!this.#isBound());
    const bound = this.#methods.get(member);
    if (!bound) throw this.#hasNo(member);
    return bound(args, call);
  }

  async #bind(signal: AbortSignal): Promise<void> {
    const { plugin } = this.#options;
    const generation = await plugin.activate(signal);
    this.#members = await generation.openInstance(this.#request, signal);
    this.#methods = new Map(this.#members.map((member) => [member, generation.method(this.id, member)]));
    this.#generation = generation;
    this.#kept ??= plugin.keep(this.#request, this.#options.isDispensable);
  }
}
