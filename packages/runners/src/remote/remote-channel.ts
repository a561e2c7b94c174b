import { type Clock, errorMessage, type JsonObject } from "@berth/base";
import {
  type CallContext,
  type Channel,
  type ChannelExit,
  type ConfigIssue,
  type ConfigVersions,
  type ContributionDescription,
  type HealthReport,
  HostError,
  type Inspection,
  type InspectionRequest,
  type InstanceRequest,
  type Invoke,
  isHostError,
  type PluginState,
  type ResourceUsage,
  type TakeBytes,
  type Tier,
  UNKNOWN_USAGE,
} from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import { Peer, type PeerLimits } from "@berth/protocol";
import { type CallMessage, type LifeHook, MOST_STREAMS } from "@berth/sdk/runtime";
import { askInspection } from "./ask-inspection.ts";
import { AskedRequest } from "./asked-request.ts";
import { Canceller } from "./canceller.ts";
import { exitKind } from "./exit-kind.ts";
import type { Ending, FarEnd } from "./far-end.ts";
import { type Greeting, helloOf, nothingSaid, openMessage, parseGreeting } from "./greeting.ts";
import { holdEnd } from "./hold-end.ts";
import { EVERY_MS, Heartbeat, type HeartbeatOptions, IDLE_MS } from "./heartbeat.ts";
import { HostFunctions } from "./host-functions.ts";
import { NamedCalls } from "./named-calls.ts";
import {
  membersOf,
  parseHealth,
  parseIssues,
  parseMembers,
  parseSettings,
  parseState,
  parseValue,
} from "./parse-answers.ts";
import { resolveLimits } from "../limits/resolve-limits.ts";
import { stateBytes } from "../limits/state-bytes.ts";
import { type ServedCapabilities, serveCapabilities } from "./serve-capabilities.ts";

/** How long work may go on after its call was cancelled. */
const GRACE_MS = 1_000;
/** How long a plugin that has closed its end of the link may take to be gone by itself. */
const CLOSED_MS = 500;

/** What {@link RemoteChannel.open} needs. */
export interface RemoteChannelOptions {
  tier: Tier;
  request: OpenRequest;
  clock: Clock;
  /** Becomes the channel's own. */
  farEnd: FarEnd;
  /** Tells the guest where the code is. */
  code: unknown;
  /** What of `request.environment` the guest is to set itself. */
  environment?: Readonly<Record<string, string>>;
  limits?: Partial<PeerLimits>;
  /** Default 1,000. */
  graceMs?: number;
  heartbeat?: HeartbeatOptions;
  /** Whether somebody keeps the plugin from running just now; it is not taken for hung then. */
  isPaused?: () => boolean;
}

/**
 * The channel to a plugin that runs elsewhere, at the far end of a link. Nothing that comes from there is believed; work that does
 * not stop when its call was cancelled, and a plugin that does not answer at all, are ended with what they run in.
 */
export class RemoteChannel implements Channel {
  readonly tier: Tier;
  readonly exited: Promise<ChannelExit>;
  readonly #request: OpenRequest;
  readonly #clock: Clock;
  readonly #farEnd: FarEnd;
  readonly #peer: Peer;
  readonly #canceller: Canceller;
  readonly #named: NamedCalls;
  readonly #heartbeat: Heartbeat;
  readonly #served: ServedCapabilities;
  #greeting: Greeting = nothingSaid();
  #isExpected = false;
  #closed: Disposable | undefined;
  /** Why nothing can be asked any more. */
  #over: HostError | undefined;
  #underWay = 0;
  /** What it said of its health with its last answer. */
  #knownHealth: HealthReport | undefined;

  /** Loads the plugin; what is at the far end is gone again when that fails or `signal` aborts. */
  static async open(options: RemoteChannelOptions, signal: AbortSignal): Promise<RemoteChannel> {
    const channel = new RemoteChannel(options);
    try {
      await channel.#greet(options, signal);
      return channel;
    } catch (error) {
      await channel[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(options: RemoteChannelOptions) {
    const { request, clock, farEnd, isPaused = () => false } = options;
    this.tier = options.tier;
    this.#request = request;
    this.#clock = clock;
    this.#farEnd = farEnd;
    const link = holdEnd(farEnd.link, (error) => this.#onLinkEnd(clock, error));
    this.#named = new NamedCalls(request.scope);
    this.#peer = new Peer({ link, clock, limits: { streams: MOST_STREAMS, ...options.limits } });
    this.#served = serveCapabilities(this.#peer, request.capabilities, request.now, this.#named);
    this.#canceller = new Canceller({
      clock,
      graceMs: options.graceMs ?? GRACE_MS,
      isPaused,
      onOverrun: (what) => this.#farEnd.kill(`it did not stop when ${what} was cancelled`),
    });
    this.#heartbeat = new Heartbeat(
      {
        clock,
        isBusy: () => this.#underWay > 0,
        isPaused,
        runsOn: farEnd.runsOn && (() => farEnd.runsOn!()),
        ping: (limitMs, signal) => this.#peer.ping(limitMs, signal),
        onPulse: (pulse) => request.onPulse?.(pulse),
        onSilence: (silentMs) => this.#endSilent(silentMs),
      },
      options.heartbeat ?? heartbeatFor(request),
    );
    void this.#peer.ended.then((error) => {
      if (error && !this.#over) farEnd.kill(errorMessage(error));
    });
    this.exited = farEnd.gone.then((ending) => this.#finish(ending));
  }

  describe(): Promise<ContributionDescription[]> {
    if (this.#over) return Promise.reject(this.#over);
    return Promise.resolve(structuredClone([...this.#greeting.contributions]));
  }

  initialize(signal: AbortSignal): Promise<void> {
    return this.#askHook("initialize", signal);
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#askHook("start", signal);
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#askHook("stop", signal);
  }

  /** One that has nothing to do then is not woken for it. */
  async #askHook(hook: LifeHook, signal: AbortSignal): Promise<void> {
    const { hooks } = this.#greeting;
    if (hooks === undefined || hooks.has(hook)) {
      await this.#ask(`plugin.${hook}`, {}, signal, `its ${hook}`, nothing);
    } else if (this.#over) {
      throw this.#over;
    }
  }

  cleanup(signal: AbortSignal): Promise<void> {
    return this.#ask("plugin.cleanup", {}, signal, "its cleanup", nothing);
  }

  health(signal: AbortSignal): Promise<HealthReport> {
    const known = this.#knownHealth;
    this.#knownHealth = undefined;
    if (known && !this.#over) return Promise.resolve(known);
    return this.#ask("plugin.health", {}, signal, "its health check", parseHealth);
  }

  async quiet(signal: AbortSignal): Promise<void> {
    // Nothing can be at work that nobody delivered.
    if (!this.#greeting.quiets || !this.#served.delivers()) return;
    await this.#within(signal, async (never) => {
      const events = await this.#served.eventsSent();
      await this.#ask("plugin.quiet", { events }, never, "its listeners", nothing);
    });
  }

  get keepsState(): boolean {
    return this.#greeting.keepsState;
  }

  async saveState(signal: AbortSignal): Promise<PluginState | undefined> {
    if (!this.keepsState) return undefined;
    const maxBytes = stateBytes(this.#request.limits);
    const read = (answer: unknown): PluginState | undefined => parseState(answer, maxBytes);
    // One that takes too long over it is not ended for that: it is the one that goes on when it cannot be replaced.
    return this.#within(signal, (never) =>
      this.#ask("plugin.save_state", { maxBytes }, never, "saving its state", read),
    );
  }

  /** Gives up waiting when the signal aborts, and lets the work go on. */
  async #within<T>(signal: AbortSignal, work: (never: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work(new AbortController().signal), promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async restoreState(state: PluginState, signal: AbortSignal): Promise<void> {
    const read = (answer: unknown): HealthReport | undefined =>
      membersOf(answer).health === undefined ? undefined : parseHealth(membersOf(answer).health);
    this.#knownHealth = await this.#ask("plugin.restore_state", { state }, signal, "taking over state", read);
  }

  migrateConfig(settings: JsonObject, versions: ConfigVersions, signal: AbortSignal): Promise<JsonObject> {
    return this.#ask("config.migrate", { settings, ...versions }, signal, "a migration of its settings", parseSettings);
  }

  checkConfig(contribution: string, config: unknown, signal: AbortSignal): Promise<ConfigIssue[]> {
    return this.#ask("config.check", { contribution, config }, signal, "a check of configuration", parseIssues);
  }

  openInstance(request: InstanceRequest, signal: AbortSignal): Promise<readonly string[]> {
    const { instanceId, contribution } = request;
    const opened = this.#greeting.opened.get(request);
    this.#greeting.opened.delete(request);
    if (opened && !this.#over) return Promise.resolve(opened);
    const what = `opening "${instanceId}"`;
    const read = (answer: unknown): string[] => parseMembers(answer, contribution);
    return this.#ask("instance.open", openMessage(request), signal, what, read);
  }

  closeInstance(instanceId: string, signal: AbortSignal): Promise<void> {
    return this.#ask("instance.close", { instanceId }, signal, `closing "${instanceId}"`, nothing);
  }

  async usage(): Promise<ResourceUsage> {
    if (this.#over) throw this.#over;
    return (await this.#farEnd.usage?.()) ?? UNKNOWN_USAGE;
  }

  async inspect(request: InspectionRequest, take: TakeBytes, signal: AbortSignal): Promise<Inspection> {
    if (this.#over) throw this.#over;
    const plugin = this.#request.identity.name;
    if (!this.#greeting.inspects) throw cannotInspect(plugin, this.tier, request.kind);
    return askInspection({ peer: this.#peer, clock: this.#clock, plugin, request, take, signal });
  }

  method(instanceId: string, member: string): Invoke {
    const what = `its ${member}`;
    return (args, call) =>
      HostFunctions.areIn(args)
        ? this.#callWithFunctions(instanceId, member, args, call)
        : this.#ask("call", this.#message(instanceId, member, args, call), call.signal, what, parseValue, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isExpected = true;
    this.#over ??= this.#gone("it was unloaded");
    this.#farEnd.kill("unloaded");
    await this.exited;
  }

  async #greet(options: RemoteChannelOptions, signal: AbortSignal): Promise<void> {
    const { code, environment } = options;
    const { encodings } = this.#farEnd;
    const hello = helloOf(this.#request, {
      code,
      ...(environment ? { environment } : {}),
      ...(encodings ? { encodings } : {}),
    });
    const read = (answer: unknown): Greeting => parseGreeting(answer, this.#request);
    this.#greeting = await this.#ask("hello", hello, signal, "its loading", read);
    this.#farEnd.onGreeted?.(this.#greeting.encodings);
  }

  #message(instanceId: string, member: string, args: readonly unknown[], call: CallContext): CallMessage {
    const now = this.#request.now();
    const { deadline, attempt, caller, permissions, correlationId, traceparent } = call;
    const message: CallMessage = { instanceId, member, args, now, attempt, caller, correlationId };
    if (deadline !== Infinity) message.timeoutMs = Math.max(0, deadline - now);
    if (permissions.length > 0) message.permissions = permissions;
    if (traceparent !== undefined) message.traceparent = traceparent;
    return message;
  }

  async #callWithFunctions(
    instanceId: string,
    member: string,
    args: readonly unknown[],
    call: CallContext,
  ): Promise<unknown> {
    if (this.#over) throw this.#over;
    using functions = new HostFunctions(this.#peer, args);
    const message = { ...this.#message(instanceId, member, [], call), ...functions.sent };
    const value = await this.#ask("call", message, call.signal, `its ${member}`, parseValue, call);
    await functions.arrived(call.signal);
    return value;
  }

  /**
   * `what` is asked, as the subject of a sentence; it settles when the plugin has really ended it. The answer is read here, since
   * another promise around it would cost a call more than all the rest.
   */
  async #ask<T>(
    method: string,
    params: object,
    signal: AbortSignal,
    what: string,
    read: (answer: unknown) => T,
    call?: CallContext,
  ): Promise<T> {
    if (this.#over) throw this.#over;
    signal.throwIfAborted();
    if (this.#underWay++ === 0) this.#heartbeat.wake();
    const asked = new AskedRequest(signal);
    const handled = call && this.#named.enter(call);
    try {
      return read(await this.#peer.request(method, params, asked));
    } catch (error) {
      if (error === signal.reason && !this.#over) {
        await this.#canceller.wait(what, Promise.race([asked.ended(), this.exited]));
      }
      throw error;
    } finally {
      if (handled) this.#named.leave(handled);
      this.#underWay--;
    }
  }

  #onLinkEnd(clock: Clock, error: Error | undefined): void {
    if (this.#over) return;
    if (error) this.#farEnd.kill(errorMessage(error));
    else this.#closed ??= clock.setTimer(() => this.#farEnd.kill("it closed its channel"), CLOSED_MS);
  }

  #endSilent(silentMs: number): void {
    const { identity, limits } = this.#request;
    const allowed = resolveLimits(limits).kill_unresponsive_after_ms;
    this.#request.onLimit({
      limit: "kill_unresponsive_after_ms",
      allowed,
      used: Math.round(silentMs),
      action: "ended",
    });
    this.#farEnd.kill(
      new HostError(
        "PLUGIN_UNRESPONSIVE",
        `Plugin "${identity.name}" was ended: it did not answer for ${Math.round(silentMs / 100) / 10} s`,
      ),
    );
  }

  #tellIfStuck(reason: string): void {
    const request = this.#request;
    const { stuck } = this.#farEnd;
    if (!stuck) return;
    request.onPulse?.({ kind: "stuck", reason });
    void stuck.then(() => request.onPulse?.({ kind: "freed" }));
  }

  #finish(ending: Ending): ChannelExit {
    const reason = typeof ending === "string" ? ending : ending.message;
    this.#over ??= isHostError(ending) ? ending : this.#gone(`it ended: ${reason}`);
    this.#heartbeat[Symbol.dispose]();
    this.#closed?.[Symbol.dispose]();
    this.#peer.close(this.#over);
    this.#tellIfStuck(reason);
    return { expected: this.#isExpected, reason, kind: this.#isExpected ? "shutdown" : exitKind(ending) };
  }

  #gone(why: string): HostError {
    return new HostError("PLUGIN_FAILED", `Cannot call plugin "${this.#request.identity.name}": ${why}`);
  }
}

function cannotInspect(plugin: string, tier: Tier, kind: InspectionRequest["kind"]): HostError {
  const why =
    tier === "wasm"
      ? "it is WebAssembly, whose frames and memory Node.js cannot name"
      : "what it runs in cannot tell; that takes Node.js 26, and other languages have tools of their own";
  const verb = kind === "cpu" ? "profile" : "take the heap of";
  return new HostError("TIER_UNAVAILABLE", `Cannot ${verb} plugin "${plugin}": ${why}`);
}

function heartbeatFor({ limits }: OpenRequest): HeartbeatOptions {
  const { unresponsive_after_ms, kill_unresponsive_after_ms } = resolveLimits(limits);
  return {
    everyMs: EVERY_MS,
    unresponsiveMs: unresponsive_after_ms,
    limitMs: kill_unresponsive_after_ms,
    idleMs: IDLE_MS,
  };
}

const nothing = (): void => undefined;
