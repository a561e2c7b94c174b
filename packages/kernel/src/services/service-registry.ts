import type { JsonValue } from "@berth/base";
import type { CallContext } from "@berth/contract";
import type { CallMetricsSnapshot } from "../calls/call-metrics.ts";
import type { RetryBudget } from "../calls/retry-budget.ts";
import type { ManagedPlugin } from "../lifecycle/managed-plugin.ts";
import { type CallOrigin, CallsUnderWay } from "./calls-under-way.ts";
import { PluginService, type PoliciesOf } from "./plugin-service.ts";
import { DEFAULT_LIMIT_MS, type ServiceCall, type ServiceMethod, type ServiceRegistry } from "./service-call.ts";
import {
  composeHostService,
  type ServiceEndpoint,
  type ServiceEndpointParts,
  type ServiceInput,
} from "./service-endpoint.ts";
import {
  alreadyProvided,
  hostIsStopping,
  methodNotFound,
  serviceNotFound,
  tooDeep,
  waitsInCircle,
} from "./service-errors.ts";
import { StartWaits } from "./start-waits.ts";

/** What a registry is told of the plugins of its host. */
export interface ServicePlugins {
  /** Which plugin serves this caller; of several versions the one that the caller is bound to. */
  providerFor(service: string, caller: string): ManagedPlugin | undefined;
  /** The plugin behind `plugin/NAME`. */
  callerOf(caller: string): ManagedPlugin | undefined;
  /** The services that plugins provide. */
  names(): readonly string[];
}

/** What {@link createServiceRegistry} needs. */
export interface ServiceRegistryOptions extends ServiceEndpointParts {
  /** Without it there are only the services of the host. */
  plugins?: ServicePlugins;
  /** What is said of the calls into a plugin's service. */
  policiesOf?: PoliciesOf;
  /** What a plugin may bring about in retries. */
  budgetOf?: (plugin: ManagedPlugin) => RetryBudget;
  /** Hears of what goes wrong when nobody waits. */
  onError?: (error: unknown) => void;
}

/** A registry that services of the host come to and go from, and that finds those of plugins. */
export interface OpenServiceRegistry extends ServiceRegistry, AsyncDisposable {
  /**
   * Provides a service until disposed. One name has one provider: a second is `CONTRACT_BROKEN`; a plugin that provides the same name
   * is not called.
   */
  registerService(name: string, methods: Readonly<Record<string, ServiceMethod>>): Disposable;
  /** Of the host and of plugins, sorted. */
  names(): string[];
  /** Of the host alone. */
  readonly namesOfHost: Iterable<string>;
  /** What became of the calls; `undefined` for a service that was never called. */
  metricsOf(service: string, caller?: string): CallMetricsSnapshot | undefined;
  /** The host is about to stop: what runs may still be called, nothing is loaded any more. */
  beginStop(): void;
}

/** Makes a registry without services of the host. */
export function createServiceRegistry(options: ServiceRegistryOptions): OpenServiceRegistry {
  return new Registry(options);
}

/** Calls inside one another that are no mistake; two services that call each other would go on for ever. */
const MOST_NESTED = 16;

const NO_PLUGINS: ServicePlugins = {
  providerFor: () => undefined,
  callerOf: () => undefined,
  names: () => [],
};

/** A service of the host. The way into it is composed when somebody first goes it: most starts of a host call none. */
interface HostService {
  readonly endpoint: ServiceEndpoint;
}

class Registry implements OpenServiceRegistry {
  readonly #options: ServiceRegistryOptions;
  readonly #plugins: ServicePlugins;
  readonly #underWay = new CallsUnderWay();
  readonly #startWaits = new StartWaits();
  readonly #ofHost = new Map<string, HostService>();
  readonly #ofPlugins = new Map<string, Map<ManagedPlugin, PluginService>>();
  #isStopping = false;

  constructor(options: ServiceRegistryOptions) {
    this.#options = options;
    this.#plugins = options.plugins ?? NO_PLUGINS;
  }

  registerService(name: string, methods: Readonly<Record<string, ServiceMethod>>): Disposable {
    if (this.#ofHost.has(name)) throw alreadyProvided(name);
    const own = new Map(Object.entries(methods));
    const options = this.#options;
    let endpoint: ServiceEndpoint | undefined;
    const service: HostService = {
      get endpoint() {
        return (endpoint ??= composeHostService(name, options, (input, call) => callHost(name, own, input, call)));
      },
    };
    this.#ofHost.set(name, service);
    return { [Symbol.dispose]: () => void (this.#ofHost.get(name) === service && this.#ofHost.delete(name)) };
  }

  get namesOfHost(): Iterable<string> {
    return this.#ofHost.keys();
  }

  names(): string[] {
    return [...new Set([...this.#ofHost.keys(), ...this.#plugins.names()])].sort();
  }

  has(service: string, caller: string): boolean {
    return this.#ofHost.has(service) || this.#plugins.providerFor(service, caller) !== undefined;
  }

  async call(call: ServiceCall): Promise<JsonValue> {
    const { service, method, input, caller, signal, correlationId } = call;
    const { endpoint, plugin } = this.#find(service, caller);
    const origin = correlationId === undefined ? undefined : this.#underWay.find(caller, correlationId);
    const chain = [...(origin?.chain ?? [caller]), `${service}.${method}`];
    if (chain.length - 1 > MOST_NESTED) throw tooDeep(chain, MOST_NESTED);
    using _start = plugin && plugin.serving === undefined ? this.#awaitStart(chain[0]!, caller, plugin) : undefined;
    const budget = origin === undefined ? this.#budgetOfCaller(caller) : origin.budget;
    return await endpoint.call(
      { method, input, caller, chain, budget, from: call.from },
      {
        caller,
        budget,
        deadline: this.#deadlineOf(call, origin),
        ...(signal === undefined ? {} : { signal }),
        ...(correlationId === undefined ? {} : { correlationId }),
      },
    );
  }

  metricsOf(service: string, caller = "host"): CallMetricsSnapshot | undefined {
    const provider = this.#plugins.providerFor(service, caller);
    const ofPlugin = provider && this.#ofPlugins.get(service)?.get(provider);
    return (this.#ofHost.get(service) ?? ofPlugin)?.endpoint.metrics;
  }

  beginStop(): void {
    this.#isStopping = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    const services = [...this.#ofPlugins.values()].flatMap((versions) => [...versions.values()]);
    this.#ofPlugins.clear();
    await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  }

  /** A plugin cannot give itself more time than the host knows that it has. */
  #deadlineOf({ caller, deadline }: ServiceCall, origin: CallOrigin | undefined): number {
    const known = origin?.deadline ?? this.#options.clock.now() + DEFAULT_LIMIT_MS;
    if (deadline === undefined) return known;
    return isPlugin(caller) ? Math.min(deadline, known) : deadline;
  }

  /** A plugin that calls by itself, or does not say for whom: what it brings about is its own. */
  #budgetOfCaller(caller: string): RetryBudget | undefined {
    const { budgetOf } = this.#options;
    const plugin = budgetOf && isPlugin(caller) ? this.#plugins.callerOf(caller) : undefined;
    return plugin && budgetOf?.(plugin);
  }

  #find(service: string, caller: string): { endpoint: ServiceEndpoint; plugin?: ManagedPlugin } {
    const ofHost = this.#ofHost.get(service);
    if (ofHost) return { endpoint: ofHost.endpoint };
    const plugin = this.#plugins.providerFor(service, caller);
    if (!plugin) throw serviceNotFound(service, this.names(), isPlugin(caller));
    if (this.#isStopping && plugin.serving === undefined) throw hostIsStopping(service);
    return this.#ofPlugin(service, plugin);
  }

  /** A plugin that calls before it runs itself waits for the provider to start, and nobody may wait for the two in a circle. */
  #awaitStart(first: string, caller: string, provider: ManagedPlugin): Disposable | undefined {
    const to = `plugin/${provider.name}`;
    // The provider's own start led to this call.
    if (first === to && caller !== to) throw waitsInCircle([caller, to, caller]);
    const from = this.#plugins.callerOf(caller);
    return from !== undefined && from.serving === undefined ? this.#startWaits.enter(caller, to) : undefined;
  }

  #ofPlugin(service: string, plugin: ManagedPlugin): PluginService {
    let versions = this.#ofPlugins.get(service);
    if (!versions) this.#ofPlugins.set(service, (versions = new Map()));
    let found = versions.get(plugin);
    if (!found) versions.set(plugin, (found = this.#open(service, plugin)));
    return found;
  }

  #open(service: string, plugin: ManagedPlugin): PluginService {
    const {
      clock,
      wheel,
      permissionsOf,
      policiesOf,
      tracing,
      onBreakerChange,
      onError = () => undefined,
    } = this.#options;
    return new PluginService({
      clock,
      wheel,
      permissionsOf,
      policiesOf,
      tracing,
      onBreakerChange,
      service,
      plugin,
      underWay: this.#underWay,
      callerOf: (caller) => this.#plugins.callerOf(caller),
      onError,
    });
  }
}

function isPlugin(caller: string): boolean {
  return caller.startsWith("plugin/");
}

function callHost(
  service: string,
  methods: ReadonlyMap<string, ServiceMethod>,
  { method, input }: ServiceInput,
  call: CallContext,
): Promise<JsonValue> | JsonValue {
  const found = methods.get(method);
  if (!found) throw methodNotFound(service, method, [...methods.keys()]);
  return found(input, call);
}
