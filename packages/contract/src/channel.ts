import type { JsonObject } from "@berth/base";
import type { CallContext } from "./call-context.ts";
import type { ServiceScope } from "./contributions/service.ts";
import type { Inspection, InspectionRequest, TakeBytes } from "./inspection.ts";
import type { HealthReport } from "./lifecycle.ts";
import type { ResourceUsage } from "./resource-usage.ts";
import type { PluginState } from "./state.ts";
import type { ExitKind } from "./supervision.ts";
import type { Tier } from "./tiers.ts";

/** Who a plugin is, by its manifest. */
export interface PluginIdentity {
  name: string;
  version: string;
  /** `kind/name` of everything the manifest promises. */
  provides: readonly string[];
}

/** What a contribution says of itself. */
export interface ContributionDescription {
  /** `kind/name`. */
  id: string;
  description: string;
  /** JSON Schema (draft 7) of its configuration, when its schema can say it. */
  configSchema?: Record<string, unknown>;
  /** Of a service: who shares an instance of it. */
  scope?: ServiceScope;
  /** Whether calls may be made twice, or which methods may; absent: as its kind has it. */
  idempotent?: boolean | readonly string[];
}

/** One instance to be made. */
export interface InstanceRequest {
  /** `kind/name`. */
  contribution: string;
  instanceId: string;
  /** What the operator wrote; the contribution's own schema checks it. */
  config: unknown;
}

/** Between which forms of a plugin's settings a migration leads. */
export interface ConfigVersions {
  from: number;
  to: number;
}

/** One thing wrong in a configuration. */
export interface ConfigIssue {
  path: (string | number)[];
  message: string;
}

/** Calls one method of an instance; `args` come before the call context. */
export type Invoke = (args: readonly unknown[], call: CallContext) => Promise<unknown>;

/** How the running plugin ended. */
export interface ChannelExit {
  /** Whether the host asked for it. */
  expected: boolean;
  reason: string;
  /** Default `shutdown` when expected, else `crash`. */
  kind?: ExitKind;
}

/**
 * The two-way link between host and running plugin, the same for every tier. Disposing it ends the plugin's code as far as the
 * tier can. A call after the end rejects with `PLUGIN_FAILED`.
 */
export interface Channel extends AsyncDisposable {
  readonly tier: Tier;
  /** Settles when the plugin is gone, for whatever reason; never rejects. */
  readonly exited: Promise<ChannelExit>;
  describe(signal: AbortSignal): Promise<ContributionDescription[]>;
  initialize(signal: AbortSignal): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
  cleanup(signal: AbortSignal): Promise<void>;
  health(signal: AbortSignal): Promise<HealthReport>;
  /**
   * Resolves when all events and timers that were delivered have been handled: what they change belongs to the state. Nothing is
   * ended when the signal aborts; some go on waiting.
   */
  quiet(signal: AbortSignal): Promise<void>;
  /** Whether the plugin hands state on. One that does not is replaced without a wait for its calls. */
  readonly keepsState: boolean;
  /**
   * What the next generation is to go on from; nothing of it changes when this is asked.
   *
   * @throws HostError `STATE_UNCARRIABLE` naming the path of what cannot be carried.
   */
  saveState(signal: AbortSignal): Promise<PluginState | undefined>;
  /**
   * Takes over what another generation saved, after initialize and before the first call.
   *
   * @throws HostError `STATE_INCOMPATIBLE` when it is of a version that the plugin cannot migrate.
   */
  restoreState(state: PluginState, signal: AbortSignal): Promise<void>;
  /**
   * Settings of another version, older or newer, as `to` has them. Needs no initialize: nothing of the plugin but its migrations runs.
   *
   * @throws HostError `MIGRATION_FAILED` when there is no way from one version to the other, or a step of it fails.
   */
  migrateConfig(settings: JsonObject, versions: ConfigVersions, signal: AbortSignal): Promise<JsonObject>;
  checkConfig(contribution: string, config: unknown, signal: AbortSignal): Promise<ConfigIssue[]>;
  /** Resolves with the members the instance has. */
  openInstance(request: InstanceRequest, signal: AbortSignal): Promise<readonly string[]>;
  closeInstance(instanceId: string, signal: AbortSignal): Promise<void>;
  /** What its code uses of the machine by now; absent where the tier cannot tell that apart. Rejects when it is gone. */
  usage?(): Promise<ResourceUsage>;
  /**
   * Looks into the running code while it serves; absent where its time and memory are the host's own. Nothing is ended when the signal
   * aborts.
   *
   * @throws HostError `TIER_UNAVAILABLE` when what runs the code cannot tell, `PLUGIN_UNRESPONSIVE` when it does not answer.
   */
  inspect?(request: InspectionRequest, take: TakeBytes, signal: AbortSignal): Promise<Inspection>;
  /** One method of an open instance, looked up once and called often. */
  method(instanceId: string, member: string): Invoke;
}
