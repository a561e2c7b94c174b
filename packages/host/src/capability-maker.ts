import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock, JsonObject } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { MakeCapabilities, PreparedRun } from "@berth/kernel/lifecycle";
import type { LimitEvent } from "@berth/kernel/runner";
import type { ServiceRegistry } from "@berth/kernel/services";
import type { Storage } from "@berth/storage";
import type { EventBus, PluginBudget, PluginFolders } from "./capabilities/index.ts";
import { CallerPermissions } from "./grants/caller-permissions.ts";
import type { PluginPermissions } from "./grants/plugin-permissions.ts";
import type { Log, Masker } from "./log/index.ts";
import type { StandardLimits } from "./plugins/standard-limits.ts";
import type { LimitReports } from "./plugins/limit-reports.ts";
import type { BrokerUsage } from "./usage/plugin-track.ts";
import type { HostTelemetry } from "./telemetry/host-telemetry.ts";

/** What the capabilities of all plugins have in common. */
export interface CapabilityMakerOptions {
  config: HostConfig;
  workingFolder: string;
  dataFolder: string;
  clock: Clock;
  log: Log;
  masker: Masker;
  storage: Storage;
  services: ServiceRegistry;
  events: EventBus;
  limitReports: LimitReports;
  telemetry: HostTelemetry;
  env: Readonly<Record<string, string | undefined>>;
  /** Files and folders that no plugin may change, whatever it is granted: where plugins lie, what configures the host. Absolute. */
  guarded: readonly string[];
}

const MIB = 1_048_576;

const loadPreparation = () => import("./preparation.ts");

/** A budget, for which limits it was made, and what was used of those before it. */
interface KnownBudget extends Omit<BrokerUsage, "connections"> {
  limits: string;
  budget: PluginBudget;
}

/** Turns what a plugin asked and the operator allowed into the capabilities of its instances. */
export class CapabilityMaker implements AsyncDisposable {
  /** What each plugin that was loaded may ask of others. */
  readonly callers = new CallerPermissions();
  readonly #options: CapabilityMakerOptions;
  readonly #owned = new AsyncDisposableStack();
  readonly #heard = new Map<string, readonly string[]>();
  #permissions: Promise<PluginPermissions> | undefined;
  #preparation: ReturnType<typeof loadPreparation> | undefined;
  /** Of each plugin, with the limits it is for: generations share it, so that none is had by starting again. */
  readonly #budgets = new Map<string, KnownBudget>();

  constructor(options: CapabilityMakerOptions) {
    this.#options = options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  /** The subjects a plugin was granted to hear when it was loaded last; none before. */
  readonly subjectsOf = (plugin: string): readonly string[] => this.#heard.get(plugin) ?? [];

  /**
   * What the next generation of a plugin runs with. Grants are asked for each time, since they may have been given or taken meanwhile; the
   * brokers are loaded by the first plugin that is: a host whose plugins rest starts without them.
   */
  async prepare(plugin: DiscoveredPlugin): Promise<PreparedRun> {
    this.#preparation ??= loadPreparation();
    const { bindGrant, createCapabilities, createPluginBudget, environmentSecrets, ...made } = await this.#preparation;
    const { generationLimits, grantedFolders, LimitEpisodes, resolveGrant, withStandardLimits } = made;
    const { workingFolder, dataFolder, clock, log, masker, storage, services, events, env, guarded } = this.#options;
    // A version that runs beside another has a data folder, a store and limits of its own: two must not write the same files.
    const { id: name, version, folder } = plugin;
    const about = { name, version };
    const data = join(dataFolder, "plugins", name);
    const folders: PluginFolders = { data, code: folder, hidden: [dataFolder], guarded };
    mkdirSync(folders.data, { recursive: true, mode: 0o700 });
    const base = { workingFolder, dataFolder: folders.data, codeFolder: folder };
    const permissions = await this.#permissionsOfPlugins();
    const limits = await permissions.limitsOf(plugin);
    const resolved = resolveGrant(plugin.manifest.permissions, await permissions.allowedTo(plugin), base);
    this.callers.set(name, resolved.grant.may);
    this.#heard.set(name, resolved.grant.subscribe);
    for (const { permission, entry, reason } of resolved.withheld) {
      log.info(`Plugin "${name}" asked for ${permission} ${entry}, which is not granted: ${reason}`);
    }
    const episodes = new LimitEpisodes((event) => void this.#options.limitReports.record(name, event));
    const onLimit = (event: LimitEvent): void => episodes.hit(event, clock.monotonicMs());
    const budget = this.#budgetOf(name, withStandardLimits(limits), () =>
      createPluginBudget({ plugin: about, dataFolder: folders.data, limits, clock, log, onLimit }),
    );
    const shared = {
      plugin: about,
      folders,
      limits,
      budget,
      clock,
      log,
      telemetry: this.#options.telemetry,
      onDenied: permissions.denied,
      onUsed: permissions.used,
      services: {
        store: storage.pluginStore(name, { quotaBytes: withStandardLimits(limits).store_mb * MIB }),
        secrets: environmentSecrets(env),
        environment: env,
        events,
        registry: services,
        masker,
      },
    };
    const makeCapabilities: MakeCapabilities = (instanceId, instanceConfig, generation) => {
      const bound = bindGrant(resolved.grant, (instanceConfig ?? {}) as JsonObject, {
        workingFolder,
        codeFolder: folder,
      });
      for (const { entry, reason } of bound.withheld) {
        log.warn(`Plugin "${name}" is not granted ${entry} for "${instanceId}": ${reason}`);
      }
      const capabilities = createCapabilities({ ...shared, instanceId, generation, grant: bound.grant });
      return { capabilities, dispose: async () => capabilities[Symbol.asyncDispose]() };
    };
    const output = log.about({ source: `plugin/${name}` });
    return {
      scope: this.#options.telemetry.scope,
      makeCapabilities,
      grant: resolved.grant,
      limits,
      generationLimits: generationLimits(limits),
      folders: await grantedFolders(resolved.grant, { hidden: dataFolder, guarded }, (granted, why) =>
        log.warn(`Plugin "${name}" is granted ${granted}, which cannot be opened: ${why}`),
      ),
      dataFolder: folders.data,
      environment: pick(env, resolved.grant.env),
      onLimit,
      onOutput: ({ stream, text }) => {
        if (budget.logLines.take()) output.info(text, { stream });
      },
    };
  }

  /** What a plugin that was loaded has used through the brokers; absent for one that was not. */
  brokerUsage(plugin: string): BrokerUsage | undefined {
    const known = this.#budgets.get(plugin);
    if (!known) return undefined;
    const { budget, networkBytes, fileBytes, memoryLimitMb } = known;
    return {
      connections: budget.connections.open,
      networkBytes: networkBytes + budget.traffic.bytes,
      fileBytes: fileBytes + budget.fileTraffic.bytes,
      memoryLimitMb,
    };
  }

  #budgetOf(plugin: string, limits: StandardLimits, make: () => PluginBudget): PluginBudget {
    const text = JSON.stringify(limits);
    const known = this.#budgets.get(plugin);
    if (known?.limits === text) return known.budget;
    const budget = this.#owned.use(make());
    const before = this.brokerUsage(plugin);
    this.#budgets.set(plugin, {
      limits: text,
      budget,
      networkBytes: before?.networkBytes ?? 0,
      fileBytes: before?.fileBytes ?? 0,
      memoryLimitMb: limits.memory_mb,
    });
    return budget;
  }

  /** Loaded by the first plugin that is, as the brokers are. */
  #permissionsOfPlugins(): Promise<PluginPermissions> {
    this.#permissions ??= (async () => {
      const { PluginPermissions } = await import("./grants/plugin-permissions.ts");
      return this.#owned.use(new PluginPermissions(this.#options));
    })();
    return this.#permissions;
  }
}

/** Those of the variables that are named and set. */
function pick(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const set = names.filter((name) => Object.hasOwn(env, name) && env[name] !== undefined);
  return Object.fromEntries(set.map((name) => [name, env[name]!]));
}
