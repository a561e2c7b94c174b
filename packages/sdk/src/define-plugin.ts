import type { JsonObject, JsonValue } from "@berth/base";
import type { ContributionInstances, ContributionKind, HealthReport, ServiceScope } from "@berth/contract";
import type { PluginContext } from "./context/plugin-context.ts";
import type { ConfigSchema } from "./fields/fields.ts";

/**
 * One thing a plugin provides. Made by the helpers ({@link defineSource} and its like), listed in {@link definePlugin}.
 */
export interface ContributionDefinition<Kind extends ContributionKind = ContributionKind, Config = never> {
  readonly kind: Kind;
  /** As in the manifest's `[provides]`. */
  readonly name: string;
  readonly description?: string;
  /** Checks the operator's configuration before `create` sees it. Without one, no configuration is allowed. */
  readonly config?: ConfigSchema<Config>;
  /** Permissions demanded of whoever calls any method of its instances, as `requirePermission` demands them for one. */
  readonly requires?: readonly string[];
  /** Whether its methods may be called twice for one answer, or which of them may; so they are called again when a call fails. */
  readonly idempotent?: boolean | readonly string[];
  /** Of a service: who shares an instance of it. Default `host`, all its callers. */
  readonly scope?: ServiceScope;
  /**
   * Makes one configured instance. Called once per instance; two instances share nothing unless you share it. Throw when the
   * configuration cannot work; the message is shown to the operator.
   */
  create(config: Config, ctx: PluginContext): ContributionInstances[Kind] | Promise<ContributionInstances[Kind]>;
}

/** A plugin as its module's default export. */
export interface PluginDefinition {
  readonly provides: readonly ContributionDefinition[];
  /** Ways from other versions of the settings, taken one after the other by `berth config migrate`. */
  readonly migrations?: readonly SettingsMigration[];
  /** Called once after the code is loaded, before anything else. */
  initialize?(ctx: PluginContext): void | Promise<void>;
  /** Called once when the plugin becomes active. */
  start?(ctx: PluginContext): void | Promise<void>;
  /** Called once, after the last call has ended. */
  stop?(ctx: PluginContext): void | Promise<void>;
  /** Called once at the very end, also when `start` failed. Must not throw. */
  cleanup?(ctx: PluginContext): void | Promise<void>;
  /** Must answer within 5 s; may be called at any time while active. */
  health?(ctx: PluginContext): HealthReport | Promise<HealthReport>;
  /** Which form {@link saveState} gives its state, counted up when that changes: a whole number from 1, the default. */
  readonly stateVersion?: number;
  /**
   * What the next version of the plugin goes on from: JSON or bytes, at most `limits.state_mb`. Asked when no call is under way.
   * Must change nothing, since this version goes on if the next one fails.
   */
  saveState?(ctx: PluginContext): SavedState | undefined | Promise<SavedState | undefined>;
  /** Called once, after {@link initialize} and {@link start} and before any call. Throw when the state cannot be used. */
  restoreState?(state: SavedState, ctx: PluginContext): void | Promise<void>;
  /** Turns the state of another version, older or newer, into one of this version's. Without it such a state is refused. */
  migrateState?(
    state: SavedState,
    versions: { from: number; to: number },
    ctx: PluginContext,
  ): SavedState | Promise<SavedState>;
}

/** Turns settings of one version into those of another; the manifest's `config.version` says which is the current one. */
export interface SettingsMigration {
  readonly from: number;
  /** Usually one more. One that is less leads back, for operators who go back to an older version of the plugin. */
  readonly to: number;
  /** Must change nothing but what it returns. What it throws is told, and the settings stay as they were. */
  migrate(settings: JsonObject): JsonObject | Promise<JsonObject>;
}

/** State as a plugin saves it: JSON, or bytes. */
export type SavedState = JsonValue | Uint8Array;

/** A contribution of any kind and configuration, as {@link definePlugin} takes it. */
export type AnyContribution = {
  [Kind in ContributionKind]: ContributionDefinition<Kind>;
}[ContributionKind];

const PLUGIN = Symbol.for("berth.PluginDefinition");

/**
 * Declares a plugin. The result is the default export of the module that the manifest's `runtime.entry` names.
 *
 * @example
 * export default definePlugin({
 *   provides: [
 *     defineSource("greeting", {
 *       create: () => ({ fetch: async () => ({ title: "Hello", lines: ["from a plugin"] }) }),
 *     }),
 *   ],
 * });
 */
export function definePlugin(
  definition: Omit<PluginDefinition, "provides"> & { provides: readonly AnyContribution[] },
): PluginDefinition {
  return Object.freeze({ ...definition, [PLUGIN]: true });
}

/** Whether `value` was made by {@link definePlugin}, of any copy of this package. */
export function isPluginDefinition(value: unknown): value is PluginDefinition {
  return typeof value === "object" && value !== null && PLUGIN in value;
}
