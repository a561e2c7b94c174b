import type { Clock } from "@berth/base";
import { HostError, type Invoke } from "@berth/contract";
import type { Incoming, Peer } from "@berth/protocol";
import { EarlyInstances } from "./early-instances.ts";
import { EventFeed } from "./event-feed.ts";
import { GuestArguments } from "./function-arguments.ts";
import { GuestCall } from "./guest-call.ts";
import { HostClock } from "./host-clock.ts";
import {
  type CallAnswer,
  type CallMessage,
  type CheckConfig,
  type CheckConfigAnswer,
  type Hello,
  type HelloAnswer,
  type MigrateConfig,
  type MigrateConfigAnswer,
  type OpenInstance,
  type OpenInstanceAnswer,
  PROTOCOL,
  type Quiet,
  type RestoreState,
  type RestoreStateAnswer,
  type SaveState,
  type SaveStateAnswer,
} from "./messages.ts";
import { PluginRuntime } from "./plugin-runtime.ts";
import type { NamedWork } from "./named-work.ts";
import { createRemoteCapabilities } from "./remote-capabilities.ts";

/** What {@link serveGuest} needs of the place it runs in. */
export interface GuestOptions {
  clock: Clock;
  /** Sets the granted variables and gets the plugin's module. */
  load(hello: Hello): Promise<unknown>;
  /** What the guest's link reads beside what it uses, best first. */
  encodings?: readonly string[];
  /** Where the runtime can tell for which call it is at work. */
  work?: NamedWork;
  /** Whether something beside answers `guest.inspect`. */
  inspects?: boolean;
  /** The handshake is over, and the host reads these: what is sent after the answer may be written so. */
  onGreeted?(encodings: readonly string[]): void;
}

/** Serves one plugin to the host at the other end of `peer`: from its `hello` on, until the conversation ends. */
export function serveGuest(peer: Peer, options: GuestOptions): void {
  const guest = new Guest(peer, options);
  peer.handle("hello", (params) => guest.hello(params as Hello));
  peer.handle("plugin.initialize", () => guest.runtime.initialize());
  peer.handle("plugin.start", () => guest.runtime.start());
  peer.handle("plugin.stop", () => guest.runtime.stop());
  peer.handle("plugin.cleanup", () => guest.runtime.cleanup());
  peer.handle("plugin.health", () => guest.runtime.health());
  peer.handle("plugin.quiet", (params) => guest.quiet(params as Quiet));
  peer.handle("plugin.save_state", (params) => guest.saveState(params as SaveState));
  peer.handle("plugin.restore_state", (params) => guest.restoreState(params as RestoreState));
  peer.handle("config.check", (params) => guest.checkConfig(params as CheckConfig));
  peer.handle("config.migrate", (params) => guest.migrateConfig(params as MigrateConfig));
  peer.handle("instance.open", (params) => guest.openInstance(params as OpenInstance));
  peer.handle("instance.close", (params) => guest.runtime.closeInstance((params as OpenInstance).instanceId));
  peer.handle("call", (params, incoming) => guest.call(params as CallMessage, incoming));
}

/** The plugin, once it was told which. What the host says is believed: it holds all the power there is here anyway. */
class Guest {
  readonly #peer: Peer;
  readonly #options: GuestOptions;
  readonly #hostClock: HostClock;
  #isGreeted = false;
  #runtime: PluginRuntime | undefined;
  #feed: EventFeed | undefined;
  #early: EarlyInstances | undefined;

  constructor(peer: Peer, options: GuestOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#hostClock = new HostClock(options.clock);
  }

  get runtime(): PluginRuntime {
    if (this.#runtime) return this.#runtime;
    throw new HostError("INVARIANT_BROKEN", "Cannot reach the plugin: it was not loaded");
  }

  async hello(hello: Hello): Promise<HelloAnswer> {
    if (hello.protocol !== PROTOCOL) {
      throw new HostError(
        "PLUGIN_INCOMPATIBLE",
        `Cannot speak protocol ${hello.protocol} of the host: the plugin knows ${PROTOCOL}`,
      );
    }
    if (this.#isGreeted) throw new HostError("INVARIANT_BROKEN", "Cannot load a second plugin here");
    this.#isGreeted = true;
    this.#hostClock.sync(hello.now, this.#options.clock.monotonicMs());
    const module = await this.#options.load(hello);
    const { work } = this.#options;
    const feed = new EventFeed(this.#peer, () => this.#hostClock.now(), work);
    this.#feed = feed;
    this.#runtime = new PluginRuntime(module, hello.plugin, {
      capabilities: (instanceId) => createRemoteCapabilities(this.#peer, instanceId, feed, work),
      now: () => this.#hostClock.now(),
      ...(hello.settings ? { settings: hello.settings } : {}),
    });
    const opened = await this.#openEarly(hello.instances);
    const { encodings, inspects } = this.#options;
    this.#options.onGreeted?.(hello.encodings ?? []);
    return {
      protocol: PROTOCOL,
      contributions: this.#runtime.describe(),
      ...(encodings ? { encodings } : {}),
      ...(this.#runtime.keepsState ? { keepsState: true } : {}),
      quiets: true,
      hooks: this.#runtime.hooks,
      ...(inspects ? { inspects } : {}),
      ...(opened ? { opened } : {}),
    };
  }

  /** What has to be initialized, or started, first is not opened before. */
  async #openEarly(instances: Hello["instances"]): Promise<HelloAnswer["opened"]> {
    if (!instances || this.runtime.hooks.some((hook) => hook !== "stop")) return undefined;
    this.#early = new EarlyInstances(this.runtime, instances);
    return this.#early.settled(this.#options.clock);
  }

  async checkConfig({ contribution, config }: CheckConfig): Promise<CheckConfigAnswer> {
    return { issues: await this.runtime.checkConfig(contribution, config) };
  }

  async migrateConfig({ settings, from, to }: MigrateConfig): Promise<MigrateConfigAnswer> {
    return { settings: await this.runtime.migrateConfig(settings, { from, to }) };
  }

  async quiet({ events }: Quiet): Promise<void> {
    await this.#feed?.quiet(events);
    await this.runtime.quiet();
  }

  async saveState({ maxBytes }: SaveState): Promise<SaveStateAnswer> {
    const state = await this.runtime.saveState(maxBytes);
    return state ? { state } : {};
  }

  async restoreState({ state }: RestoreState): Promise<RestoreStateAnswer | null> {
    await this.runtime.restoreState(state);
    const { knownHealth } = this.runtime;
    return knownHealth ? { health: knownHealth } : null;
  }

  async openInstance(request: OpenInstance): Promise<OpenInstanceAnswer> {
    return { members: await (this.#early?.take(request.instanceId) ?? this.runtime.openInstance(request)) };
  }

  call(message: CallMessage, incoming: Incoming): Promise<CallAnswer> {
    const { clock, work } = this.#options;
    const startedMs = clock.monotonicMs();
    this.#hostClock.sync(message.now, startedMs);
    const invoke = this.runtime.method(message.instanceId, message.member);
    const call = new GuestCall(message, incoming, clock, startedMs);
    const hasUnspeakable = message.functions !== undefined || message.absent !== undefined;
    const begin = (): Promise<unknown> =>
      hasUnspeakable
        ? callWithFunctions(invoke, new GuestArguments(this.#peer, message), call)
        : invoke(message.args, call);
    const value = work ? work.run(message.traceparent ?? message.correlationId, begin) : begin();
    return answerWith(value, message.member, call);
  }
}

async function answerWith(value: Promise<unknown>, member: string, call: GuestCall): Promise<CallAnswer> {
  try {
    const returned = await value;
    if (typeof returned === "function" || typeof returned === "symbol") throw unspeakable(member, typeof returned);
    return returned === undefined ? {} : { value: returned };
  } finally {
    call.end();
  }
}

function unspeakable(member: string, kind: string): HostError {
  return new HostError(
    "CONTRACT_BROKEN",
    `Cannot answer with what ${member} returned: a ${kind} cannot leave the plugin`,
  );
}

async function callWithFunctions(invoke: Invoke, args: GuestArguments, call: GuestCall): Promise<unknown> {
  try {
    return await invoke(args.values, call);
  } finally {
    await args.finish();
  }
}
