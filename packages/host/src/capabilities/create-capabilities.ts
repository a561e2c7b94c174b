import type { Clock } from "@berth/base";
import type { Capabilities, Limits } from "@berth/contract";
import type { BoundGrant } from "@berth/kernel/permissions";
import type { ServiceRegistry } from "@berth/kernel/services";
import type { EventBus } from "@berth/kernel/events";
import type { Tracer } from "@berth/kernel/tracing";
import type { Log, Masker } from "../log/index.ts";
import { withStandardLimits } from "../plugins/standard-limits.ts";
import type { HostTelemetry } from "../telemetry/host-telemetry.ts";
import { CapabilityScope, type DeniedEvent } from "./capability-scope.ts";
import { createEnvironmentCapability } from "./environment-capability.ts";
import { createEventsCapability } from "./events-capability.ts";
import type { ExecBroker } from "./exec/exec-broker.ts";
import { createExecCapability } from "./exec/exec-capability.ts";
import type { FetchBroker } from "./fetch/fetch-broker.ts";
import { createFetchCapability } from "./fetch/fetch-capability.ts";
import type { HttpTransport } from "./fetch/http-transport.ts";
import type { FileBroker } from "./files/file-broker.ts";
import { createFilesCapability } from "./files/files-capability.ts";
import type { PluginFolders } from "./files/places.ts";
import { lazily } from "./lazily.ts";
import { createLogCapability } from "./log-capability.ts";
import type { ConnectBroker } from "./network/connect-broker.ts";
import { createConnectCapability } from "./network/connect-capability.ts";
import type { Lookup } from "./network/lookup.ts";
import { ASTRAY, placeOf } from "./network/wording.ts";
import { createPluginBudget, type PluginBudget } from "./plugin-budget.ts";
import type { PluginStore } from "./plugin-store.ts";
import { createScheduleCapability } from "./schedule/schedule-capability.ts";
import { SecretHeaders } from "./secrets/secret-headers.ts";
import { SecretReader } from "./secrets/secret-reader.ts";
import { SecretRules } from "./secrets/secret-rules.ts";
import type { SecretSource } from "./secrets/secret-source.ts";
import { createSecretsCapability } from "./secrets/secrets-capability.ts";
import { createServicesCapability } from "./services-capability.ts";
import { createStoreCapability } from "./store-capability.ts";
import type { UsedEvent } from "./usage/use.ts";

/** What of the host the capabilities reach. */
export interface CapabilityServices {
  /** This plugin's own; it holds `limits.store_mb`. */
  store: PluginStore;
  secrets: SecretSource;
  /** Variables of the environment, all of them; the grant decides. */
  environment: Readonly<Record<string, string | undefined>>;
  events: EventBus;
  registry: ServiceRegistry;
  masker: Masker;
}

/** What {@link createCapabilities} needs. */
export interface CapabilitiesOptions {
  plugin: { name: string; version: string };
  /** Empty for the plugin as a whole. */
  instanceId: string;
  /** The number of the generation; calls of one that does not serve yet go to others that are replaced with it. */
  generation?: number;
  grant: BoundGrant;
  folders: PluginFolders;
  limits: Limits;
  services: CapabilityServices;
  clock: Clock;
  log: Log;
  /** For which call the plugin is at work, and the spans of that. */
  telemetry?: Pick<HostTelemetry, "scope" | "tracer">;
  /** Hears of everything that was denied. */
  onDenied: (event: DeniedEvent) => void;
  /** Hears of everything that was allowed; must be quick. */
  onUsed?: ((event: UsedEvent) => void) | undefined;
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

const MIB = 1_048_576;

/**
 * All of the world that one instance of a plugin has. Written as if every request were hostile, since in another tier it may be:
 * each is checked, copied, bounded in size, time and number, and owned by the generation.
 */
export function createCapabilities(options: CapabilitiesOptions): OwnedCapabilities {
  const { plugin, instanceId, generation, grant, folders, limits, services, log } = options;
  const scope = new CapabilityScope(options);
  const budget =
    options.budget ?? createPluginBudget({ plugin, dataFolder: folders.data, limits, clock: options.clock, log });
  if (options.budget === undefined && !scope.isClosed) scope.own(() => budget[Symbol.dispose]());
  const owner = `plugin/${plugin.name}`;
  const rules = new SecretRules(grant);
  const reader = new SecretReader(services.secrets, services.masker);
  const secrets = { rules, reader, handles: budget.secretHandles };
  const brokers = new Brokers(scope, budget, new SecretHeaders({ scope, ...secrets }), options);
  return {
    ...createFetchCapability(scope, () => brokers.fetch()),
    ...createConnectCapability(scope, () => brokers.connect()),
    ...createFilesCapability(scope, budget.files, () => brokers.files()),
    ...createExecCapability(scope, () => brokers.exec()),
    ...createStoreCapability(scope, services.store, budget.tell),
    ...createSecretsCapability(scope, secrets),
    ...createEnvironmentCapability(scope, grant, services.environment),
    ...createServicesCapability(scope, grant, {
      registry: services.registry,
      caller: owner,
      generation,
      calls: budget.serviceCalls,
    }),
    ...createEventsCapability(scope, grant, { bus: services.events, owner, calls: options.telemetry?.scope }),
    ...createScheduleCapability(scope, options.telemetry?.scope),
    ...createLogCapability(scope, log, { plugin: plugin.name, instanceId, generation, rate: budget.logLines }),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

async function traced(send: HttpTransport, tracer: Tracer, plugin: string): Promise<HttpTransport> {
  const { traceTransport } = await import("./fetch/traced-transport.ts");
  return traceTransport(send, tracer, plugin);
}

/** Makes the brokers that reach outside the process; their code is loaded then and not before. */
class Brokers {
  readonly #scope: CapabilityScope;
  readonly #budget: PluginBudget;
  readonly #secrets: SecretHeaders;
  readonly #options: CapabilitiesOptions;

  constructor(scope: CapabilityScope, budget: PluginBudget, secrets: SecretHeaders, options: CapabilitiesOptions) {
    this.#scope = scope;
    this.#budget = budget;
    this.#secrets = secrets;
    this.#options = options;
  }

  async fetch(): Promise<FetchBroker> {
    const { FetchBroker } = await import("./fetch/fetch-broker.ts");
    const { plugin, grant } = this.#options;
    const plain = this.#options.fetchImpl ?? (await this.#nodeTransport());
    const tracer = this.#options.telemetry?.tracer;
    const send = tracer ? await traced(plain, tracer, plugin.name) : plain;
    const { requests } = this.#budget;
    return new FetchBroker(this.#scope, { pluginName: plugin.name, grant, requests, secrets: this.#secrets, send });
  }

  async connect(): Promise<ConnectBroker> {
    const { ConnectBroker } = await import("./network/connect-broker.ts");
    const { grant, lookup } = this.#options;
    const { connections, traffic } = this.#budget;
    return new ConnectBroker(this.#scope, { grant, connections, traffic, lookup });
  }

  async files(): Promise<FileBroker> {
    const { FileBroker } = await import("./files/file-broker.ts");
    const { file_size_mb: fileSizeMb } = this.#options.limits;
    return new FileBroker({ access: await this.#access(), budget: this.#budget, fileSizeMb });
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
    return new FileAccess(namedPlaces(folders, grant), this.#scope);
  });

  async #nodeTransport(): Promise<HttpTransport> {
    const { openNodeTransport } = await import("./fetch/node-transport.ts");
    const { clock, limits, lookup, certificateAuthorities } = this.#options;
    const { connections, traffic, tell } = this.#budget;
    const { response_mb: responseMb } = withStandardLimits(limits);
    const node = openNodeTransport({
      clock,
      connections,
      traffic,
      maxResponseBytes: responseMb * MIB,
      onTooLarge: (bytes) => tell({ limit: "response_mb", allowed: responseMb, used: bytes / MIB, action: "refused" }),
      lookup,
      certificateAuthorities,
      refuse: ({ host, port }, addresses) => {
        const use = { kind: "connect", host, port } as const;
        return this.#scope.deny("fetch", use, `Cannot fetch from ${placeOf({ host, port })}: ${ASTRAY}`, {
          what: `connect ${placeOf({ host, port })} at ${addresses.join(", ") || "no address"}`,
        });
      },
    });
    this.#scope.own(() => node[Symbol.dispose]());
    return node.send;
  }
}
