import type { JsonObject } from "@berth/base";
import type { JsonValue } from "@berth/base";
import type { WireError } from "@berth/protocol";
import type {
  ConfigIssue,
  ConfigVersions,
  ContributionDescription,
  HealthReport,
  Inspection,
  InspectionRequest,
  InstanceRequest,
  PluginIdentity,
  PluginState,
} from "@berth/contract";

/**
 * What host and guest say to each other, by method. Members that are `undefined` are left out, so that every form of the message
 * says the same.
 */

/** The version of all this. A side that does not know it ends the conversation. */
export const PROTOCOL = 1;

/** Most streams open at a time, of either side: subscriptions, timers, connections, functions of calls under way. */
export const MOST_STREAMS = 256;

/** `hello`, the first request of the host. */
export interface Hello {
  protocol: number;
  plugin: PluginIdentity;
  /** Where the code is; each kind of guest has its own way of saying so. */
  code: unknown;
  /** Milliseconds since 1970 by the host's clock. */
  now: number;
  /** Variables the plugin was granted, to be set in its own environment. */
  environment?: Readonly<Record<string, string>>;
  /** What the operator set for the plugin as a whole; absent: nothing. */
  settings?: JsonObject;
  /** What the host reads beside the encoding it uses, best first. */
  encodings?: readonly string[];
  /** What the host opens next. A plugin that has nothing to do in `initialize` and `start` may open it before it answers. */
  instances?: readonly OpenInstance[];
}

/** The answer to `hello`, when the code is loaded and keeps what the manifest promises. No hook of the plugin has run. */
export interface HelloAnswer {
  protocol: number;
  contributions: ContributionDescription[];
  /** What the plugin reads beside the encoding it uses, best first. */
  encodings?: readonly string[];
  /** Whether the plugin hands state on to its next version; without it `plugin.save_state` is never asked. */
  keepsState?: boolean;
  /** Whether it answers `plugin.quiet`; one that does not is not asked. */
  quiets?: boolean;
  /** Whether it answers `guest.inspect`. */
  inspects?: boolean;
  /** In which of these the plugin has something to do: it need not be asked to do the others. Absent: in all. */
  hooks?: readonly LifeHook[];
  /** What became of the host's `instances`, in their order: `null` for one that the host is to ask for. Absent: for all. */
  opened?: readonly (OpenInstanceAnswer | null)[];
}

/** What a plugin may do when it comes to life, and when that ends. */
export type LifeHook = "initialize" | "start" | "stop";

/** `guest.inspect`: look at yourself. The bytes come over the stream, after one {@link InspectHead}; answered when all were written. */
export interface Inspect extends InspectionRequest {
  /** Opened by the host. */
  stream: number;
}

/** The first item of the stream of `guest.inspect`: the look has begun. */
export type InspectHead = Inspection;

/** `plugin.quiet`: answered when all that was delivered has been handled, listeners and timers that are at work included. */
export interface Quiet {
  /** So many items were written to the stream of events. */
  events: number;
}

/** `plugin.save_state`: what is the next version to go on from? */
export interface SaveState {
  /** More is refused. */
  maxBytes: number;
}

/** The answer to `plugin.save_state`; without `state` there is nothing to hand on. */
export interface SaveStateAnswer {
  state?: PluginState;
}

/** `plugin.restore_state`: what another version saved. */
export interface RestoreState {
  state: PluginState;
}

/** The answer to `plugin.restore_state`, where the plugin need not be asked for its health after it; else it may be `null`. */
export interface RestoreStateAnswer {
  health?: HealthReport;
}

/** `instance.open`. */
export type OpenInstance = InstanceRequest;

/** The answer to `instance.open`: the members that can be called. */
export interface OpenInstanceAnswer {
  members: readonly string[];
}

/** `config.check`. */
export interface CheckConfig {
  contribution: string;
  config: unknown;
}

/** The answer to `config.check`. */
export interface CheckConfigAnswer {
  issues: ConfigIssue[];
}

/** `config.migrate`: settings of another version, before or instead of `plugin.initialize`. */
export interface MigrateConfig extends ConfigVersions {
  settings: JsonObject;
}

/** The answer to `config.migrate`. */
export interface MigrateConfigAnswer {
  settings: JsonObject;
}

/** `call`: one method of an open instance. */
export interface CallMessage {
  instanceId: string;
  member: string;
  args: readonly unknown[];
  /** Milliseconds since 1970 by the host's clock. */
  now: number;
  /** What is left until it must be over; absent: no limit. */
  timeoutMs?: number;
  attempt: number;
  caller: string;
  /** Absent: none. */
  permissions?: readonly string[];
  correlationId: string;
  /** Where the host traces: the span of the call, as W3C Trace Context writes it. */
  traceparent?: string;
  /** Arguments that are functions, in place of which `args` holds `null`. */
  functions?: readonly FunctionArgument[];
  /** Positions of arguments that are `undefined`, which JSON cannot say. */
  absent?: readonly number[];
}

/** The answer to `call`: what the method returned; without `value` it was nothing. */
export interface CallAnswer {
  value?: unknown;
}

/** An item of the stream of `events.open`: one event for all subscriptions that it fits. */
export interface FeedItem {
  /** Of the publication: counts up. */
  number: number;
  subject: string;
  data: JsonValue;
  from: string;
  /** The plugin's own numbers of the subscriptions. */
  to: readonly number[];
  /** How many events each of them lost just before; absent: none. */
  dropped?: readonly number[];
  /** Who published it waits so long for an `events.reply` that names this number. */
  request?: number;
  timeoutMs?: number;
  /** What the plugin may say as `call` with what it asks on account of the event. */
  call?: string;
}

/** `events.reply`, a notification: without `value` and `error` nobody replied. */
export interface EventReply {
  request: number;
  value?: unknown;
  error?: WireError;
}

/** `events.cancel`, a notification: nobody waits for the reply any more. */
export interface EventCancel {
  request: number;
}

/** A function of one argument that the host passed: what is written to the stream arrives there, before the answer does. */
export interface FunctionArgument {
  at: number;
  stream: number;
}
