import { errorMessage, type JsonObject } from "@berth/base";
import {
  type Capabilities,
  type ConfigIssue,
  type ConfigVersions,
  type ContributionDescription,
  type HealthReport,
  HostError,
  type InstanceRequest,
  type Invoke,
  isHostError,
  type PluginIdentity,
  type PluginState,
} from "@berth/contract";
import { createContext } from "../context/create-context.ts";
import { Handlers } from "../context/handlers.ts";
import type { PluginContext } from "../context/plugin-context.ts";
import type { PluginDefinition, SavedState } from "../define-plugin.ts";
import { carriedState } from "./carried-state.ts";
import { type CheckedContribution, checkContract } from "./check-contract.ts";
import { checkInstance, type LiveInstance } from "./check-instance.ts";
import type { LifeHook } from "./messages.ts";
import { frozenSettings, migrateSettings } from "./plugin-settings.ts";
import { validateConfig } from "./validate-config.ts";

/** The host, as the runtime inside the plugin reaches it. */
export interface RuntimePeer {
  /** Capabilities of one instance; `""` is the plugin as a whole. */
  capabilities(instanceId: string): Capabilities;
  now(): number;
  /** What the operator set for the plugin as a whole; absent: nothing. */
  readonly settings?: JsonObject;
}

/** What a plugin without a health check of its own answers. */
const HEALTHY: HealthReport = { health: "healthy" };

/**
 * The half of the channel that lives beside the plugin's code, the same in every tier: it checks the contract, makes instances,
 * and turns the host's requests into calls.
 */
export class PluginRuntime {
  readonly #definition: PluginDefinition;
  readonly #identity: PluginIdentity;
  readonly #peer: RuntimePeer;
  readonly #contributions: ReadonlyMap<string, CheckedContribution>;
  readonly #settings: Readonly<JsonObject>;
  readonly #instances = new Map<string, LiveInstance>();
  readonly #context: PluginContext;
  readonly #handlers = new Handlers();

  /** @throws HostError `CONTRACT_BROKEN` listing everything in which `module` differs from what the manifest promises. */
  constructor(module: unknown, identity: PluginIdentity, peer: RuntimePeer) {
    this.#identity = identity;
    this.#peer = peer;
    const { definition, contributions } = checkContract(module, identity);
    this.#definition = definition;
    this.#contributions = contributions;
    this.#settings = frozenSettings(peer.settings);
    this.#context = this.#contextFor("");
  }

  describe(): ContributionDescription[] {
    return [...this.#contributions].map(([id, { definition }]) => {
      const { description = "", config, scope, idempotent } = definition;
      const configSchema = config?.["~standard"].jsonSchema?.input({ target: "draft-07" });
      const of = { ...(configSchema ? { configSchema } : {}), ...(scope ? { scope } : {}) };
      return { id, description, ...of, ...(idempotent === undefined ? {} : { idempotent }) };
    });
  }

  async initialize(): Promise<void> {
    await this.#definition.initialize?.(this.#context);
  }

  async start(): Promise<void> {
    await this.#definition.start?.(this.#context);
  }

  async stop(): Promise<void> {
    await this.#definition.stop?.(this.#context);
  }

  /** Ends what is left of the instances, then the plugin. Every step runs; the errors come together. */
  async cleanup(): Promise<void> {
    const failures: unknown[] = [];
    for (const id of this.#instances.keys()) {
      await this.closeInstance(id).catch((error: unknown) => failures.push(error));
    }
    try {
      await this.#definition.cleanup?.(this.#context);
    } catch (error) {
      failures.push(error);
    }
    if (failures.length > 0) {
      throw new HostError(
        "PLUGIN_FAILED",
        `Cannot clean up "${this.#identity.name}": ${failures.map(errorMessage).join("; ")}`,
        {
          cause: failures[0],
        },
      );
    }
  }

  async health(): Promise<HealthReport> {
    return (await this.#definition.health?.(this.#context)) ?? HEALTHY;
  }

  /** Resolves when none of its listeners and timers is at work. */
  quiet(): Promise<void> {
    return this.#handlers.idle();
  }

  /** In which of these the plugin has something to do. */
  get hooks(): LifeHook[] {
    return (["initialize", "start", "stop"] as const).filter((hook) => this.#definition[hook] !== undefined);
  }

  /** How it is, where it looks after nothing that it would have to ask. */
  get knownHealth(): HealthReport | undefined {
    return this.#definition.health ? undefined : HEALTHY;
  }

  /** Whether the plugin hands state on. */
  get keepsState(): boolean {
    return this.#definition.saveState !== undefined;
  }

  /** @throws HostError `STATE_UNCARRIABLE` naming the path of what cannot be carried within `maxBytes`. */
  async saveState(maxBytes: number): Promise<PluginState | undefined> {
    const value = await this.#definition.saveState?.(this.#context);
    return value === undefined ? undefined : carriedState(this.#identity.name, value, this.#stateVersion, maxBytes);
  }

  /** @throws HostError `STATE_INCOMPATIBLE` for state that this version of the plugin cannot take or migrate. */
  async restoreState({ version, value }: PluginState): Promise<void> {
    if (!this.#definition.restoreState) throw this.#incompatible("it has no restoreState");
    const state = version === this.#stateVersion ? value : await this.#migrate(version, value);
    await this.#definition.restoreState(state, this.#context);
  }

  async #migrate(from: number, state: SavedState): Promise<SavedState> {
    const to = this.#stateVersion;
    if (!this.#definition.migrateState) {
      throw this.#incompatible(`the state is of version ${from}, it keeps version ${to} and has no migrateState`);
    }
    return this.#definition.migrateState(state, { from, to }, this.#context);
  }

  get #stateVersion(): number {
    return this.#definition.stateVersion ?? 1;
  }

  #incompatible(why: string): HostError {
    return new HostError("STATE_INCOMPATIBLE", `Cannot hand state to plugin "${this.#identity.name}": ${why}`);
  }

  /** @throws HostError `MIGRATION_FAILED` when no migrations lead there, one fails, or one returns what is no settings. */
  migrateConfig(settings: JsonObject, versions: ConfigVersions): Promise<JsonObject> {
    return migrateSettings(this.#identity.name, this.#definition.migrations ?? [], settings, versions);
  }

  async checkConfig(contribution: string, config: unknown): Promise<ConfigIssue[]> {
    const result = await validateConfig(this.#contribution(contribution).definition, config);
    return "issues" in result ? result.issues : [];
  }

  /** @returns the members the instance has, so that the host calls nothing that is not there. */
  async openInstance({ contribution, instanceId, config }: InstanceRequest): Promise<string[]> {
    const { definition, kind } = this.#contribution(contribution);
    if (this.#instances.has(instanceId)) {
      throw new HostError("INVARIANT_BROKEN", `Cannot open instance "${instanceId}": it is open already`);
    }
    const checked = await validateConfig(definition, config);
    if ("issues" in checked) throw configInvalid(contribution, instanceId, checked.issues);
    const made = await this.#create(definition, checked.value as never, instanceId);
    const instance = checkInstance(made, kind, contribution, definition.requires);
    this.#instances.set(instanceId, instance);
    return [...instance.members.keys()];
  }

  async closeInstance(instanceId: string): Promise<void> {
    const instance = this.#instances.get(instanceId);
    this.#instances.delete(instanceId);
    await instance?.dispose();
  }

  /** One method, looked up once and called often. */
  method(instanceId: string, member: string): Invoke {
    const call = this.#instances.get(instanceId)?.members.get(member);
    if (!call) throw new HostError("INVARIANT_BROKEN", `Instance "${instanceId}" has no method ${member}`);
    return call;
  }

  async #create(definition: CheckedContribution["definition"], config: never, instanceId: string): Promise<unknown> {
    try {
      return await definition.create(config, this.#contextFor(instanceId));
    } catch (error) {
      if (isHostError(error)) throw error;
      throw new HostError(
        "PLUGIN_FAILED",
        `Cannot create "${instanceId}" of ${this.#identity.name}: ${errorMessage(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  #contribution(id: string): CheckedContribution {
    const found = this.#contributions.get(id);
    if (found) return found;
    throw new HostError(
      "CALL_UNKNOWN_CONTRIBUTION",
      `Plugin "${this.#identity.name}" provides no ${id}; it provides ${[...this.#contributions.keys()].join(", ")}`,
    );
  }

  #contextFor(instanceId: string): PluginContext {
    const { name, version } = this.#identity;
    return createContext(
      { plugin: { name, version }, instanceId, now: () => this.#peer.now(), settings: this.#settings },
      this.#peer.capabilities(instanceId),
      this.#handlers,
    );
  }
}

function configInvalid(contribution: string, instanceId: string, issues: ConfigIssue[]): HostError {
  const lines = issues.map((issue) => `${issue.path.join(".") || "config"} ${issue.message}`);
  return new HostError("CONFIG_INVALID", `Cannot configure "${instanceId}" (${contribution}): ${lines.join("; ")}`, {
    details: { instance: instanceId, issues: issues.map(({ path, message }) => ({ path: [...path], message })) },
  });
}
