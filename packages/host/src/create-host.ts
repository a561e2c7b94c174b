import { join, resolve } from "node:path";
import { type Clock, errorMessage, Failpoints, type JsonValue, systemClock } from "@berth/base";
import type { ContributionId, HostError, Tier } from "@berth/contract";
// By their own paths: through the lists of their subjects a bundle would bring all of those to every start.
import { DeadlineWheel } from "@berth/kernel/calls/deadline-wheel";
import type { HeldConfig, HostConfig } from "@berth/kernel/config";
import { defaultHostConfig } from "@berth/kernel/config/default";
import type { DiscoveredPlugin, Root } from "@berth/kernel/discovery";
import { ManagedInstance, type ManagedPlugin } from "@berth/kernel/lifecycle";
import type { ProbationRules } from "@berth/kernel/reload";
import type { Runner } from "@berth/kernel/runner";
import { createServiceRegistry, type OpenServiceRegistry } from "@berth/kernel/services";
import { openStorage, type Storage } from "@berth/storage";
import { createEventBus, type EventBus } from "@berth/kernel/events";
import { CapabilityMaker } from "./capability-maker.ts";
import { type ConfigChangeReport, ConfigChanges } from "./config/config-changes.ts";
import { ConfigSections, type SectionFault } from "./config/config-sections.ts";
import type { EventPlugins } from "./events/event-plugins.ts";
import { HostEvents, tellOfAllMoves } from "./events/host-events.ts";
import { tellOfMoves } from "./events/system-events.ts";
import { checkDependencies } from "./graph/check-dependencies.ts";
import { Dependents } from "./graph/dependents.ts";
import { startPlugins, stopPlugins } from "./graph/start-plugins.ts";
import { createLog, type Log, type LogSink, Masker } from "./log/index.ts";
import { makeDataFolder } from "./make-data-folder.ts";
import { assertNotSwitchedOff, discoverPlugins } from "./plugins/discover-plugins.ts";
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
  /** Where plugins are looked for, in order; of several versions of one plugin those in an earlier root count first. */
  roots: readonly Root[];
  /** `berth.yaml`, read; default: an empty one. */
  config?: HostConfig;
  /** Sections of `berth.yaml` that plugins add, by name, as {@link loadHostConfig} found them. */
  sections?: Readonly<Record<string, JsonValue>>;
  /** With `watch`: the file that `config` was read from, absolute, and how to read it again; its changes are applied. */
  configFile?: { path: string; load(): Promise<HeldConfig> };
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
  /** Which event plugins there are, once it was started, and what became of the events for them. */
  readonly eventPlugins: Pick<EventPlugins, "counts">;
  /** Which plugins the operator switched off by command. */
  readonly switches: PluginSwitches;
  /** Whether everything that a plugin cannot do without is there. @throws HostError for a plugin that is not there itself. */
  checkDependencies(plugin: string): boolean;
  /** An instance of a contribution; its plugin is loaded by the first use. The caller disposes it. */
  instance(options: InstanceOptions): ManagedInstance;
  /**
   * Starts what is to be running from the start: plugins that say so, and required ones.
   *
   * @returns what did not start; @throws HostError when that is a required plugin.
   */
  start(signal: AbortSignal): Promise<HostError[]>;
  /**
   * Lets a changed `berth.yaml` hold for what runs, wholly or not at all; see {@link ConfigChanges}. Never rejects because a plugin does not
   * go along: that is in the report.
   */
  applyConfig(next: HeldConfig, signal: AbortSignal): Promise<ConfigChangeReport>;
  /** Tells that a changed `berth.yaml` cannot be used. */
  refuseConfig(error: unknown): void;
  /** What plugins find wrong with the sections of `berth.yaml` that they add; for looking, in place of {@link start}. */
  checkSections(signal: AbortSignal): Promise<SectionFault[]>;
}

/** A plugin that could write it, or what is laid over it, would grant itself the rest. */
const HOST_FILE = "berth.yaml";

/** Makes a host. What was opened is closed again when a later step fails. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { clock = systemClock, failpoints = new Failpoints() } = options;
  // A copy, since it changes while the host runs: whoever makes plugins reads it anew each time.
  const config: HostConfig = { ...(options.config ?? defaultHostConfig()) };
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
      plugins: servicePlugins(
        () => plugins,
        () => graph,
      ),
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
  const switches = new PluginSwitches({
    storage,
    config,
    directory: () => plugins,
    dependentsOf: (id) => graph.dependentsOf(id),
    settle: (id) => reloads.settle(id),
  });
  const reloads = new LateReloads({
    config,
    runners,
    dataFolder,
    clock,
    failpoints,
    log,
    env: options.env ?? process.env,
    storage,
    prepare: async (plugin, signal) => {
      // Here, where versions pass that replaced others as well as first ones.
      assertNotSwitchedOff(config, plugin.name);
      switches.assertOn(plugin.name);
      await dependents.startProviders(plugin, signal);
      return maker.prepare(plugin);
    },
    directory: () => plugins,
    dependentsOf: (plugin) => graph.dependentsOf(plugin),
    checkGraph: async (id, manifest) => {
      await graph.check(id, manifest);
      dependents.watch();
    },
    keepsVersions: (options.keepsVersions ?? false) || (options.watch ?? false),
    rules: options.probation,
  });
  const managing = {
    config,
    runners,
    clock,
    failpoints,
    prepare: (plugin: DiscoveredPlugin, signal: AbortSignal) => reloads.prepare(plugin, signal),
    signal: options.signal,
  };
  const { plugins, graph } = await discoverPlugins({
    ...managing,
    roots: options.roots,
    dataFolder,
    log,
    hostServices: () => services.namesOfHost,
  });
  const dependents = opened.use(new Dependents({ directory: plugins, graph, events, log, clock }));
  const sections = new ConfigSections({
    sections: options.sections ?? {},
    provider: (id) => plugins.provider(id),
    clock,
  });
  const starting = { directory: plugins, graph, switches, log };
  opened.use(tellOfAllMoves(plugins, events));
  for (const plugin of plugins.plugins) opened.use(reloads.observe(plugin));
  await reloads.avoidCondemned(options.signal ?? new AbortController().signal);
  const watching = options.watch ? await import("./reload/watching.ts") : undefined;
  const owned = opened.move();
  // Plugins stop before anything they use is closed, and nothing is replaced any more when they do.
  owned.defer(() => {
    services.beginStop();
    dependents.beginStop();
    return stopPlugins(starting);
  });
  owned.use(sections);
  owned.use(reloads);
  const hostEvents = new HostEvents({
    directory: plugins,
    events,
    clock,
    log,
    grantedTo: maker.subjectsOf,
    permissionsOf: maker.callers.of,
  });
  owned.use(
    reloads.onDidReload((report) => {
      tellReload(log, report);
      void hostEvents.reloaded(report);
    }),
  );
  const changes = owned.use(
    new ConfigChanges({
      held: { config, sections: options.sections ?? {} },
      directory: plugins,
      reloads,
      dependentsOf: (plugin) => graph.dependentsOf(plugin),
      events,
      log,
    }),
  );
  if (watching) {
    const added = owned.use(new DisposableStack());
    const onAdded = async (plugin: ManagedPlugin): Promise<void> => {
      added.use(reloads.observe(plugin));
      added.use(tellOfMoves(plugin, events));
      dependents.watch();
      await hostEvents.plugins.refresh(plugin.name);
    };
    const newcomers = new watching.Newcomers({ ...managing, directory: plugins, log, onAdded });
    const { roots } = options;
    owned.use(
      new watching.PluginWatch({ directory: plugins, roots, newcomers, reloads, dataFolder, clock, failpoints, log }),
    );
  }
  const { configFile } = options;
  if (options.watch && configFile) {
    const { watchConfig } = await import("./config/watch-config.ts");
    const stopping = new AbortController();
    owned.use(
      watchConfig({
        file: configFile.path,
        load: () => configFile.load(),
        apply: (next) => changes.apply(next, stopping.signal),
        refuse: (error) => changes.refuse(error),
        clock,
      }),
    );
    owned.defer(() => stopping.abort());
  }
  // Last, so first at the end: event plugins hear of it while all is there.
  owned.use(hostEvents);
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
    eventPlugins: hostEvents.plugins,
    start: (signal) =>
      hostEvents.around(async () => {
        const failures = await startPlugins(starting, signal);
        const faults = await sections.open(signal);
        for (const { error, plugin } of faults) log.error(error.message, { plugin });
        return [...failures, ...faults.map(({ error }) => error)];
      }, signal),
    applyConfig: (next, signal) => changes.apply(next, signal),
    refuseConfig: (error) => changes.refuse(error),
    checkSections: (signal) => sections.open(signal),
    checkDependencies: (plugin) => checkDependencies(plugin, starting),
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
