import {
  type Channel,
  type ChannelExit,
  type ConfigIssue,
  type ConfigVersions,
  type ContributionDescription,
  type HealthReport,
  HostError,
  type InstanceRequest,
  type Invoke,
  type PluginState,
} from "@berth/contract";
import type { JsonObject } from "@berth/base";
import type { CallScope } from "@berth/kernel/tracing";
import type { PluginRuntime } from "@berth/sdk/runtime";

/**
 * The channel to a plugin in the host's own thread: plain calls, values by reference. Nothing here can stop code that does not
 * return; that is what the other tiers are for.
 */
export class InlineChannel implements Channel {
  readonly tier = "inline";
  readonly #plugin: string;
  readonly #stateBytes: number;
  readonly #scope: CallScope | undefined;
  readonly #exit = Promise.withResolvers<ChannelExit>();
  #runtime: PluginRuntime | undefined;

  /** @param stateBytes the most state it may hand on. @param scope is told for which call the plugin is at work. */
  constructor(plugin: string, runtime: PluginRuntime, stateBytes: number, scope?: CallScope) {
    this.#plugin = plugin;
    this.#stateBytes = stateBytes;
    this.#scope = scope;
    this.#runtime = runtime;
  }

  get exited(): Promise<ChannelExit> {
    return this.#exit.promise;
  }

  describe(): Promise<ContributionDescription[]> {
    return this.#with(async (runtime) => runtime.describe());
  }

  initialize(): Promise<void> {
    return this.#with((runtime) => runtime.initialize());
  }

  start(): Promise<void> {
    return this.#with((runtime) => runtime.start());
  }

  stop(): Promise<void> {
    return this.#with((runtime) => runtime.stop());
  }

  cleanup(): Promise<void> {
    return this.#with((runtime) => runtime.cleanup());
  }

  health(): Promise<HealthReport> {
    return this.#with((runtime) => runtime.health());
  }

  quiet(): Promise<void> {
    return this.#with((runtime) => runtime.quiet());
  }

  get keepsState(): boolean {
    return this.#runtime?.keepsState ?? false;
  }

  saveState(): Promise<PluginState | undefined> {
    return this.#with((runtime) => runtime.saveState(this.#stateBytes));
  }

  restoreState(state: PluginState): Promise<void> {
    return this.#with((runtime) => runtime.restoreState(state));
  }

  migrateConfig(settings: JsonObject, versions: ConfigVersions): Promise<JsonObject> {
    return this.#with((runtime) => runtime.migrateConfig(settings, versions));
  }

  checkConfig(contribution: string, config: unknown): Promise<ConfigIssue[]> {
    return this.#with((runtime) => runtime.checkConfig(contribution, config));
  }

  openInstance(request: InstanceRequest): Promise<readonly string[]> {
    return this.#with((runtime) => runtime.openInstance(request));
  }

  closeInstance(instanceId: string): Promise<void> {
    return this.#with((runtime) => runtime.closeInstance(instanceId));
  }

  method(instanceId: string, member: string): Invoke {
    const invoke = this.#open().method(instanceId, member);
    const scope = this.#scope;
    return (args, call) => {
      if (!this.#runtime) return Promise.reject(this.#gone());
      return scope ? scope.run(call, () => invoke(args, call)) : invoke(args, call);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#runtime = undefined;
    this.#exit.resolve({ expected: true, reason: "unloaded" });
  }

  async #with<T>(work: (runtime: PluginRuntime) => Promise<T>): Promise<T> {
    const runtime = this.#open();
    // What is no call goes on after the one that brings it about.
    return this.#scope ? this.#scope.leave(() => work(runtime)) : work(runtime);
  }

  #open(): PluginRuntime {
    if (!this.#runtime) throw this.#gone();
    return this.#runtime;
  }

  #gone(): HostError {
    return new HostError("PLUGIN_FAILED", `Cannot call plugin "${this.#plugin}": it was unloaded`);
  }
}
