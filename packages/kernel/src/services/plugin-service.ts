import type { JsonValue } from "@berth/base";
import { type CallContext, type ContributionId, isHostError } from "@berth/contract";
import { isIdempotent as mayRepeat } from "../calls/configured-policy.ts";
import type { ContributionPolicies } from "../calls/contribution-policies.ts";
import type { Generation } from "../lifecycle/generation.ts";
import { ManagedInstance } from "../lifecycle/managed-instance.ts";
import type { ManagedPlugin } from "../lifecycle/managed-plugin.ts";
import type { CallsUnderWay } from "./calls-under-way.ts";
import {
  composePluginService,
  type ServiceEndpoint,
  type ServiceEndpointParts,
  type ServiceInput,
} from "./service-endpoint.ts";
import { methodNotFound } from "./service-errors.ts";
import { ServiceInstances } from "./service-instances.ts";

/** What {@link PluginService} needs. */
export interface PluginServiceOptions extends ServiceEndpointParts {
  service: string;
  plugin: ManagedPlugin;
  underWay: CallsUnderWay;
  /** The plugin behind `plugin/NAME`. */
  callerOf: (caller: string) => ManagedPlugin | undefined;
  onError: (error: unknown) => void;
  /** What is said of the calls into it. */
  policiesOf?: PoliciesOf | undefined;
}

/** What is said of the calls into a contribution of a plugin. */
export type PoliciesOf = (plugin: ManagedPlugin, contribution: ContributionId) => ContributionPolicies;

/**
 * A service that a plugin provides. The plugin is loaded by the first call. Which generation answers is decided call by call, so what
 * holds a reference to the service goes on when the plugin is reloaded.
 */
export class PluginService implements AsyncDisposable {
  readonly endpoint: ServiceEndpoint;
  readonly plugin: ManagedPlugin;
  readonly #options: PluginServiceOptions;
  readonly #handler: string;
  readonly #instances: ServiceInstances;
  /** The number of the generation that said which scope the service has. */
  #described: number | undefined;
  /** What its code says of which methods may be called twice. */
  #idempotent: boolean | readonly string[] | undefined;
  readonly #policies: ContributionPolicies | undefined;
  readonly #kept: Disposable | undefined;

  constructor(options: PluginServiceOptions) {
    const { service, plugin, callerOf, onError, policiesOf } = options;
    this.plugin = plugin;
    this.#options = options;
    this.#handler = `plugin/${plugin.name}`;
    this.#instances = new ServiceInstances({ service, callerOf, onError, make: (id) => this.#make(id) });
    const policies = policiesOf?.(plugin, `service/${service}`);
    this.#policies = policies;
    const isIdempotent = (method: string, input: JsonValue): boolean => this.#isIdempotent(method, input);
    const rules = { policies, isIdempotent };
    this.endpoint = composePluginService(service, options, rules, (input, call) => this.#invoke(input, call));
    this.#kept = policies?.keep(this.endpoint);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kept?.[Symbol.dispose]();
    await this.#instances[Symbol.asyncDispose]();
  }

  #isIdempotent(method: string, input: JsonValue): boolean {
    const described = this.#idempotent;
    return (
      this.#policies?.isIdempotent(method, [input], described) ?? mayRepeat("service", [], method, [input], described)
    );
  }

  #invoke(input: ServiceInput, call: CallContext): Promise<JsonValue> {
    // Of the one that serves also while calls are held: a call that the hold waits for must not wait for it.
    const { serving } = this.plugin;
    if (serving !== undefined && serving.number === this.#described) return this.#run(input, call);
    return this.#describe(call.signal).then(() => this.#run(input, call));
  }

  async #describe(signal: AbortSignal): Promise<void> {
    const { serving = await this.plugin.activate(signal) } = this.plugin;
    const id = `service/${this.#options.service}`;
    const described = (await serving.channel.describe(signal)).find((one) => one.id === id);
    this.#described = serving.number;
    this.#instances.scope = described?.scope ?? "host";
    this.#idempotent = described?.idempotent;
  }

  async #run({ method, input, chain, budget, from }: ServiceInput, call: CallContext): Promise<JsonValue> {
    const found = this.#instances.of(call.caller);
    const instance = found instanceof Promise ? await found : found;
    using _busy = this.#options.underWay.enter(this.#handler, call, chain, budget ?? this.#policies?.budget);
    const staged = this.#stagedFor(call.caller, from);
    try {
      const answer = staged ? instance.callIn(staged, method, [input], call) : instance.method(method)([input], call);
      return (await answer) as JsonValue;
    } catch (error) {
      throw this.#isUnknown(error, instance, method) ? this.#unknown(instance, method) : error;
    }
  }

  /** A caller that is being replaced together with this plugin is to meet the version that it will have. */
  #stagedFor(caller: string, from: number | undefined): Generation | undefined {
    const { staged } = this.plugin;
    const isStaged = staged && from !== undefined && this.#options.callerOf(caller)?.staged?.number === from;
    return isStaged ? staged : undefined;
  }

  /** Not every such error is about this method: it may have called others itself. */
  #isUnknown(error: unknown, instance: ManagedInstance, method: string): boolean {
    const isUnknown = isHostError(error) && error.code === "CALL_UNKNOWN_CONTRIBUTION";
    return isUnknown && instance.members.length > 0 && !instance.has(method);
  }

  #unknown(instance: ManagedInstance, method: string): Error {
    return methodNotFound(this.#options.service, method, instance.members);
  }

  #make(instanceId: string): ManagedInstance {
    const { service, plugin } = this.#options;
    // What the operator set for the plugin it has anyway, and anew with each generation.
    return new ManagedInstance({ plugin, contribution: `service/${service}`, instanceId, config: {} });
  }
}
