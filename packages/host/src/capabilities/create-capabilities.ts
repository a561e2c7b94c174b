import type { Clock } from "@berth/base";
import type { Capabilities, Limits } from "@berth/contract";
import type { BoundGrant } from "@berth/kernel/permissions";
import type { EventBus } from "../events/event-bus.ts";
import type { Log, Masker } from "../log/index.ts";
import { CapabilityScope, type DeniedEvent } from "./capability-scope.ts";
import { createEventsCapability } from "./events-capability.ts";
import type { ExecBroker } from "./exec/exec-broker.ts";
import { createExecCapability } from "./exec/exec-capability.ts";
import type { FetchBroker } from "./fetch/fetch-broker.ts";
import { createFetchCapability } from "./fetch/fetch-capability.ts";
import type { HttpTransport, Lookup } from "./fetch/http-transport.ts";
import type { FileBroker } from "./files/file-broker.ts";
import { createFilesCapability } from "./files/files-capability.ts";
import type { PluginFolders } from "./files/places.ts";
import { lazily } from "./lazily.ts";
import { createLogCapability } from "./log-capability.ts";
import { createPluginBudget, type PluginBudget } from "./plugin-budget.ts";
import type { PluginStore } from "./plugin-store.ts";
import type { SecretSource } from "./secret-source.ts";
import { createSecretsCapability } from "./secrets-capability.ts";
import type { ServiceRegistry } from "./service-registry.ts";
import { createServicesCapability } from "./services-capability.ts";
import { createStoreCapability } from "./store-capability.ts";

/** What of the host the capabilities reach. */
export interface CapabilityServices {
  /** This plugin's own; it holds `limits.store_mb`. */
  store: PluginStore;
  secrets: SecretSource;
  events: EventBus;
  registry: ServiceRegistry;
  masker: Masker;
}

/** What {@link createCapabilities} needs. */
export interface CapabilitiesOptions {
  plugin: { name: string; version: string };
  /** Empty for the plugin as a whole. */
  instanceId: string;
  grant: BoundGrant;
  folders: PluginFolders;
  limits: Limits;
  services: CapabilityServices;
  clock: Clock;
  log: Log;
  /** Hears of everything that was denied. */
  onDenied: (event: DeniedEvent) => void;
  /** The lifetime of the generation: when it fires, all that the plugin opened ends. */
  signal?: AbortSignal | undefined;
  /** Shared by the instances of one plugin; without it this instance has one of its own. */
  budget?: PluginBudget;
  /** In place of Node's HTTP client. The grant is checked all the same, for every hop. */
  fetchImpl?: HttpTransport;
  /** In place of the operating system's name resolution. */
  lookup?: Lookup;
  /** Certificate authorities beside those Node trusts, PEM. */
  certificateAuthorities?: readonly string[];
  /** Where programs are looked for by name. */
  programFolders?: readonly string[];
}

/** Capabilities that end with their plugin. Disposing waits until nothing it opened is left, at most five seconds. */
export type OwnedCapabilities = Capabilities & AsyncDisposable;

const RESPONSE_MB = 10;
const MIB = 1_048_576;

/**
 * All of the world that one instance of a plugin has. Written as if every request were hostile, since in another tier it may be:
 * each is checked, copied, bounded in size, time and number, and owned by the generation.
 */
export function createCapabilities(options: CapabilitiesOptions): OwnedCapabilities {
  const { plugin, instanceId, grant, limits, services, log } = options;
  const scope = new CapabilityScope(options);
  const budget = options.budget ?? createPluginBudget({ plugin, limits, clock: options.clock, log });
  if (options.budget === undefined && !scope.isClosed) scope.own(() => budget[Symbol.dispose]());
  const owner = `plugin/${plugin.name}`;
  const brokers = new Brokers(scope, budget, options);
  return {
    ...createFetchCapability(scope, () => brokers.fetch()),
    ...createFilesCapability(scope, budget.files, () => brokers.files()),
    ...createExecCapability(scope, () => brokers.exec()),
    ...createStoreCapability(scope, services.store),
    ...createSecretsCapability(scope, grant, services),
    ...createServicesCapability(scope, grant, { registry: services.registry, caller: owner }),
    ...createEventsCapability(scope, grant, { bus: services.events, owner }),
    ...createLogCapability(scope, log, { plugin: plugin.name, instanceId, rate: budget.logLines }),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

/** Makes the brokers that reach outside the process; their code is loaded then and not before. */
class Brokers {
  readonly #scope: CapabilityScope;
  readonly #budget: PluginBudget;
  readonly #options: CapabilitiesOptions;

  constructor(scope: CapabilityScope, budget: PluginBudget, options: CapabilitiesOptions) {
    this.#scope = scope;
    this.#budget = budget;
    this.#options = options;
  }

  async fetch(): Promise<FetchBroker> {
    const { FetchBroker } = await import("./fetch/fetch-broker.ts");
    const { plugin, grant } = this.#options;
    const send = this.#options.fetchImpl ?? (await this.#nodeTransport());
    return new FetchBroker(this.#scope, { pluginName: plugin.name, grant, requests: this.#budget.requests, send });
  }

  async files(): Promise<FileBroker> {
    const { FileBroker } = await import("./files/file-broker.ts");
    return new FileBroker(await this.#access(), this.#scope.clock);
  }

  async exec(): Promise<ExecBroker> {
    const { ExecBroker } = await import("./exec/exec-broker.ts");
    const { grant, programFolders } = this.#options;
    const { programs } = this.#budget;
    return new ExecBroker(this.#scope, { grant, access: await this.#access(), programs, programFolders });
  }

  readonly #access = lazily(async () => {
    const { FileAccess } = await import("./files/file-access.ts");
    const { namedPlaces } = await import("./files/places.ts");
    const { folders, grant } = this.#options;
    return new FileAccess(namedPlaces(folders, grant), (what, sentence) => this.#scope.deny("files", what, sentence));
  });

  async #nodeTransport(): Promise<HttpTransport> {
    const { openNodeTransport } = await import("./fetch/node-transport.ts");
    const { clock, limits, lookup, certificateAuthorities } = this.#options;
    const node = openNodeTransport({
      clock,
      maxResponseBytes: (limits.response_mb ?? RESPONSE_MB) * MIB,
      lookup,
      certificateAuthorities,
      refuse: ({ host, port }, addresses) =>
        this.#scope.deny(
          "fetch",
          `connect ${host}:${port} at ${addresses.join(", ") || "no address"}`,
          `Cannot fetch from ${host}:${port}: its name leads to this machine or its network; only an address, localhost or a configured host may, each by its own name`,
        ),
    });
    this.#scope.own(() => node[Symbol.dispose]());
    return node.send;
  }
}
