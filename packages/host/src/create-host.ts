import { join, resolve } from "node:path";
import { type Clock, errorMessage, Failpoints, systemClock } from "@berth/base";
import type { ContributionId, HostError, Tier } from "@berth/contract";
// By their own paths: through the lists of their subjects a bundle would bring all of those to every start.
import { DeadlineWheel } from "@berth/kernel/calls/deadline-wheel";
import type { HostConfig } from "@berth/kernel/config";
import { defaultHostConfig } from "@berth/kernel/config/default";
import type { Root } from "@berth/kernel/discovery";
import { ManagedInstance } from "@berth/kernel/lifecycle";
import type { ProbationRules } from "@berth/kernel/reload";
import type { Runner } from "@berth/kernel/runner";
import { createServiceRegistry, type OpenServiceRegistry } from "@berth/kernel/services";
import { openStorage, type Storage } from "@berth/storage";
import { CapabilityMaker } from "./capability-maker.ts";
import { createEventBus, type EventBus } from "@berth/kernel/events";
import { createLog, type Log, type LogSink, Masker } from "./log/index.ts";
import { makeDataFolder } from "./make-data-folder.ts";
import { dependentsOf } from "./plugins/dependents.ts";
import { discoverPlugins } from "./plugins/discover-plugins.ts";
import type { PluginDirectory } from "./plugins/plugin-directory.ts";
import { hostRunners } from "./plugins/host-runners.ts";
import type { OwnedRunner } from "./plugins/late-runner.ts";
import { type LimitCount, LimitReports } from "./plugins/limit-reports.ts";
import { PluginSwitches } from "./plugins/switches.ts";
import { LateReloads } from "./reload/late-reloads.ts";
import type { Reloads } from "./reload/reloads.ts";
import { tellReload } from "./reload/tell-reloads.ts";
import { machineService } from "./services/machine-service.ts";
import { createRunsService } from "./services/runs-service.ts";
import { servicePlugins } from "./services/service-plugins.ts";

/** How to make a host. */
export interface HostOptions {
  /** Where plugins are looked for, in order; of two plugins of one name the first counts. */
  roots: readonly Root[];
  /** `berth.yaml`, read; default: an empty one. */
  config?: HostConfig;
  /** What relative paths in grants are relative to. Default: the process's. */
  workingFolder?: string;
  /** Where the database, the index and the plugins' own folders are. Default: the configuration's `data_dir`. */
  dataFolder?: string;
  /** Where secrets are looked up. Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where log records go. Default: nowhere. */
  logSink?: LogSink;
  /** Files and folders beside the plugins and `berth.yaml` that no plugin may change, whatever it is granted. */
  guarded?: readonly string[];
  /** Whether plugins run from copies of their code, the last of which are kept to go back to. Default false. */
  keepsVersions?: boolean;
  /** Whether plugins are replaced when their files change; implies `keepsVersions`. Default false. */
  watch?: boolean;
  /** When a version that replaced another is taken for good. */
  probation?: Partial<ProbationRules>;
  clock?: Clock;
  failpoints?: Failpoints;
  /** Default: all four tiers. The host disposes them. */
  runners?: readonly OwnedRunner[];
  signal?: AbortSignal;
}

/** One instance to be opened. */
export interface InstanceOptions {
  contribution: ContributionId;
  instanceId: string;
  config?: unknown;
}

/**
 * A host: plugins found, managed, and given what they were granted. Made by {@link createHost}; disposing it stops every plugin and
 * closes everything.
 */
export interface Host extends AsyncDisposable {
  readonly plugins: PluginDirectory;
  readonly services: OpenServiceRegistry;
  readonly events: EventBus;
  readonly storage: Storage;
  readonly clock: Clock;
  /** Absolute; where an application keeps files of its own, in a folder of its name. */
  readonly dataFolder: string;
  /** One timer for the deadlines of all calls. */
  readonly wheel: DeadlineWheel;
  readonly log: Log;
  /** What a caller may ask of plugins, for the endpoints of applications. */
  readonly permissionsOf: (caller: string) => readonly string[];
  /** Replaces plugins while they serve. */
  readonly reloads: Reloads;
  /** How often plugins went past their limits. */
  readonly limitCounts: readonly LimitCount[];
  /** Register what must never be printed. */
  readonly masker: Masker;
  /** Which plugins the operator switched off by command. */
  readonly switches: PluginSwitches;
  /** An instance of a contribution; its plugin is loaded by the first use. The caller disposes it. */
  instance(options: InstanceOptions): ManagedInstance;
  /**
   * Starts what is to be running from the start: plugins that say so, and required ones.
   *
   * @returns what did not start; @throws HostError when that is a required plugin.
   */
  start(signal: AbortSignal): Promise<HostError[]>;
}

/** A plugin that could write it, or what is laid over it, would grant itself the rest. */
const HOST_FILE = "berth.yaml";

/** Makes a host. What was opened is closed again when a later step fails. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { clock = systemClock, failpoints = new Failpoints(), config = defaultHostConfig() } = options;
  const workingFolder = resolve(options.workingFolder ?? process.cwd());
  const dataFolder = resolve(workingFolder, options.dataFolder ?? config.data_dir);
  const masker = new Masker();
  const log = createLog({ sink: options.logSink ?? (() => undefined), level: config.log.level, clock, masker });
  await using opened = new AsyncDisposableStack();
  makeDataFolder(dataFolder);
  const wheel = opened.use(new DeadlineWheel(clock));
  const storage = opened.use(
    openStorage({
      path: join(dataFolder, "berth.sqlite"),
      clock,
      failpoints,
      log: (entry) => log.write(entry.level, entry.message),
    }),
  );
  const services: OpenServiceRegistry = opened.use(
    createServiceRegistry({
      clock,
      wheel,
      permissionsOf: (caller) => maker.callers.of(caller),
      plugins: servicePlugins(() => plugins),
      onError: (error) => log.error(errorMessage(error)),
    }),
  );
  services.registerService("machine", machineService);
  services.registerService("runs", createRunsService(storage.runs, clock));
  const events = createEventBus({
    onListenerError: (error, { owner, pattern }) =>
      log.error(`${owner} failed on an event of ${pattern}: ${errorMessage(error)}`),
    onDropped: (dropped, { owner, pattern }) => log.warn(`${owner} was too slow for ${dropped} events of ${pattern}`),
  });
  const limitReports = new LimitReports(log, events, storage.audit);
  const runners = runnersByTier(
    opened,
    options.runners ?? hostRunners({ config, clock, log, trustOf: (plugin) => plugins.trustOf(plugin) }),
  );
  const maker = opened.use(
    new CapabilityMaker({
      config,
      workingFolder,
      dataFolder,
      clock,
      log,
      masker,
      storage,
      services,
      events,
      limitReports,
      env: options.env ?? process.env,
      guarded: [HOST_FILE, ...options.roots.map(({ path }) => path), ...(options.guarded ?? [])].map((path) =>
        resolve(workingFolder, path),
      ),
    }),
  );
  const switches = new PluginSwitches({ storage, config, directory: () => plugins });
  const reloads = new LateReloads({
    config,
    runners,
    dataFolder,
    clock,
    failpoints,
    log,
    storage,
    prepare: (plugin) => maker.prepare(plugin),
    directory: () => plugins,
    // Those that need it, in the order of a start.
    dependentsOf: (plugin) => dependentsOf(plugin, plugins.plugins).toReversed(),
    keepsVersions: (options.keepsVersions ?? false) || (options.watch ?? false),
    rules: options.probation,
  });
  const plugins = await discoverPlugins({
    roots: options.roots,
    config,
    dataFolder,
    runners,
    clock,
    failpoints,
    log,
    prepare: async (plugin) => {
      switches.assertOn(plugin.name);
      return reloads.prepare(plugin);
    },
    signal: options.signal,
  });
  for (const plugin of plugins.plugins) opened.use(reloads.observe(plugin));
  await reloads.avoidCondemned(options.signal ?? new AbortController().signal);
  const watching = options.watch ? await import("./reload/plugin-watch.ts") : undefined;
  const owned = opened.move();
  // Plugins stop before anything they use is closed, and nothing is replaced any more when they do.
  owned.defer(() => {
    services.beginStop();
    return stopPlugins(plugins, log);
  });
  owned.use(reloads);
  owned.use(reloads.onDidReload((report) => tellReload(log, report)));
  if (watching)
    owned.use(new watching.PluginWatch({ directory: plugins, reloads, dataFolder, clock, failpoints, log }));
  return {
    plugins,
    services,
    events,
    storage,
    clock,
    dataFolder,
    wheel,
    log,
    masker,
    switches,
    reloads,
    permissionsOf: maker.callers.of,
    get limitCounts() {
      return limitReports.counts;
    },
    instance: ({ contribution, instanceId, config: instanceConfig = {} }) =>
      new ManagedInstance({ plugin: plugins.provider(contribution), contribution, instanceId, config: instanceConfig }),
    start: (signal) => startPlugins(plugins, switches, log, signal),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function runnersByTier(owner: AsyncDisposableStack, runners: readonly OwnedRunner[]): Map<Tier, Runner> {
  for (const runner of runners) {
    if (runner[Symbol.asyncDispose]) owner.use(runner as Runner & AsyncDisposable);
    else if (runner[Symbol.dispose]) owner.use(runner as Runner & Disposable);
  }
  return new Map(runners.map((runner) => [runner.tier, runner]));
}

async function startPlugins(
  directory: PluginDirectory,
  switches: PluginSwitches,
  log: Log,
  signal: AbortSignal,
): Promise<HostError[]> {
  const refused = directory.troubles.find(({ isRequired }) => isRequired);
  if (refused) throw refused.error;
  const failures: HostError[] = [];
  const wanted = directory.plugins.filter(
    ({ name, manifest }) =>
      (manifest.runtime.load === "eager" || manifest.plugin.criticality === "required") && switches.isOn(name),
  );
  for (const plugin of wanted) {
    try {
      await plugin.activate(signal);
    } catch (error) {
      if (signal.aborted || plugin.manifest.plugin.criticality === "required") throw error;
      log.error((error as HostError).message, { plugin: plugin.name });
      failures.push(error as HostError);
    }
  }
  return failures;
}

/** All at once, or ten that hang would take ten times as long. One that cannot stop cleanly is said to, and is gone all the same. */
async function stopPlugins({ plugins }: PluginDirectory, log: Log): Promise<void> {
  await Promise.all(
    plugins.map(async (plugin) => {
      const failures = await plugin.deactivate();
      for (const failure of failures) log.error(errorMessage(failure), { plugin: plugin.name });
    }),
  );
}
