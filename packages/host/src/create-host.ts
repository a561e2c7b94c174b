import { resolve } from "node:path";
import { errorMessage } from "@berth/base";
import type { Tier } from "@berth/contract";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import { ManagedInstance } from "@berth/kernel/lifecycle";
import type { Runner } from "@berth/kernel/runner";
import { createServiceRegistry, type OpenServiceRegistry } from "@berth/kernel/services";
import { auditEvents } from "./audit/audit-events.ts";
import { auditStart } from "./audit/audit-start.ts";
import { HookPoints } from "./calls/hook-points.ts";
import { openPluginEndpoint } from "./calls/plugin-endpoint.ts";
import { PluginPolicies } from "./calls/plugin-policies.ts";
import { tellUnknownPolicies } from "./calls/tell-unknown-policies.ts";
import { CapabilityMaker } from "./capability-maker.ts";
import { ConfigChanges } from "./config/config-changes.ts";
import { ConfigSections } from "./config/config-sections.ts";
import { HostEvents, tellOfAllMoves } from "./events/host-events.ts";
import { openFoundation } from "./foundation.ts";
import { checkDependencies } from "./graph/check-dependencies.ts";
import { Dependents } from "./graph/dependents.ts";
import { startPlugins, stopPlugins } from "./graph/start-plugins.ts";
import type { Host, HostOptions } from "./host.ts";
import { PluginInspections } from "./inspection/plugin-inspections.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import { assertNotSwitchedOff, discoverPlugins } from "./plugins/discover-plugins.ts";
import { hostRunners } from "./plugins/host-runners.ts";
import type { OwnedRunner } from "./plugins/late-runner.ts";
import { LimitReports } from "./plugins/limit-reports.ts";
import { PluginSwitches } from "./plugins/switches.ts";
import { LateReloads } from "./reload/late-reloads.ts";
import { tellReload } from "./reload/tell-reloads.ts";
import { beginStop, openShutdown } from "./shutdown/open-shutdown.ts";
import { machineService } from "./services/machine-service.ts";
import { createRunsService } from "./services/runs-service.ts";
import { servicePlugins } from "./services/service-plugins.ts";
import { createMetersService } from "./telemetry/metrics/meters-service.ts";
import { Supervision } from "./supervision/supervision.ts";
import { tellPulses } from "./watchdog/plugin-pulses.ts";

/** A plugin that could write it, or what is laid over it, would grant itself the rest. */
const HOST_FILE = "berth.yaml";

/** Makes a host. What was opened is closed again when a later step fails. */
export async function createHost(options: HostOptions): Promise<Host> {
  await using opened = new AsyncDisposableStack();
  const base = openFoundation(options, opened);
  const { clock, config, workingFolder, dataFolder, log, wheel, storage, events, telemetry } = base;
  await telemetry.start();
  const policies = new PluginPolicies(config, log, (endpoint) => telemetry.counts.track(endpoint));
  const services: OpenServiceRegistry = opened.use(
    createServiceRegistry({
      clock,
      wheel,
      permissionsOf: (caller) => maker.callers.of(caller),
      tracing: () => telemetry.callTracing(),
      onBreakerChange: (service, state) => monitoring.health.breakerChanged(`service/${service}`, "", state),
      policiesOf: (plugin, contribution) => policies.of(plugin, contribution),
      budgetOf: (plugin) => policies.budgetOf(plugin),
      plugins: servicePlugins(
        () => plugins,
        () => graph,
      ),
      onError: (error) => log.error(errorMessage(error)),
    }),
  );
  services.registerService("machine", machineService);
  services.registerService(
    "meters",
    createMetersService(() => telemetry.counts.own()),
  );
  services.registerService("runs", createRunsService(storage.runs, clock));
  const limitReports = new LimitReports(log, events, storage.audit);
  const runners = runnersByTier(
    opened,
    options.runners ?? hostRunners({ config, clock, log, trustOf: (plugin) => plugins.trustOf(plugin) }),
  );
  const maker = opened.use(
    new CapabilityMaker({
      ...base,
      services,
      limitReports,
      guarded: [HOST_FILE, ...options.roots.map(({ path }) => path), ...(options.guarded ?? [])].map((path) =>
        resolve(workingFolder, path),
      ),
    }),
  );
  const monitoring = new Monitoring({ ...base, directory: () => plugins, maker, limitReports });
  const switches = new PluginSwitches({
    storage,
    config,
    directory: () => plugins,
    dependentsOf: (id) => graph.dependentsOf(id),
    settle: (id) => {
      supervision.standDown(id);
      return reloads.settle(id);
    },
  });
  const reloads = new LateReloads({
    ...base,
    runners,
    prepare: async (plugin, signal) => {
      // Here, where versions pass that replaced others as well as first ones.
      assertNotSwitchedOff(config, plugin.name);
      switches.assertOn(plugin.name);
      await dependents.startProviders(plugin, signal);
      return maker.prepare(plugin);
    },
    directory: () => plugins,
    dependentsOf: (plugin) => graph.dependentsOf(plugin),
    inOrder: () => graph.inOrder,
    checkGraph: async (id, manifest) => {
      await graph.check(id, manifest);
      dependents.watch();
    },
    keepsVersions: (options.keepsVersions ?? false) || (options.watch ?? false),
    isSafe: options.isSafe,
    standDown: (plugin) => supervision.standDown(plugin),
    rules: options.probation,
  });
  const managing = {
    ...base,
    runners,
    prepare: (plugin: DiscoveredPlugin, signal: AbortSignal) => reloads.prepare(plugin, signal),
    isSafe: options.isSafe,
    signal: options.signal,
  };
  const { plugins, graph } = await discoverPlugins({
    ...managing,
    roots: options.roots,
    hostServices: () => services.namesOfHost,
  });
  const dependents = opened.use(new Dependents({ directory: plugins, graph, events, log }));
  const supervision = opened.use(new Supervision({ ...base, directory: plugins, graph, reloads }));
  const sections = new ConfigSections({
    sections: options.sections ?? {},
    provider: (id) => plugins.provider(id),
    clock,
  });
  const starting = { directory: plugins, graph, switches, log };
  tellUnknownPolicies(config, plugins, log);
  opened.use(tellOfAllMoves(plugins, events));
  opened.use(auditEvents(events, storage.audit));
  for (const plugin of plugins.plugins) opened.use(tellPulses(plugin, events, log));
  const shutdown = opened.use(openShutdown(plugins, base, options));
  for (const plugin of plugins.plugins) opened.use(reloads.observe(plugin));
  await reloads.avoidCondemned(options.signal);
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
  const calling = {
    clock,
    wheel,
    policies,
    permissionsOf: maker.callers.of,
    tracing: () => telemetry.callTracing(),
    directory: plugins,
    graph,
  };
  const hooks = owned.use(new HookPoints(calling));
  const hostEvents = new HostEvents({ ...calling, events, log, grantedTo: maker.subjectsOf });
  owned.use(
    reloads.onDidReload((report) => {
      tellReload(log, report);
      telemetry.reloaded(report);
      for (const name of [report.plugin, ...report.dependents]) policies.adapt(plugins.get(name));
      hostEvents.reloaded(report).catch((error: unknown) => log.error(errorMessage(error)));
    }),
  );
  const changes = owned.use(
    new ConfigChanges({
      held: { config, sections: options.sections ?? {} },
      directory: plugins,
      reloads,
      dependentsOf: (plugin) => graph.dependentsOf(plugin),
      policies,
      events,
      audit: storage.audit,
      log,
    }),
  );
  if (watching) {
    const { roots, configFile } = options;
    const concerned = { directory: plugins, graph, reloads, dependents, supervision, hostEvents, changes };
    owned.use(watching.startWatching({ ...managing, ...concerned, audit: storage.audit, roots, configFile }));
  }
  owned.use(supervision);
  owned.defer(() => beginStop(plugins, shutdown));
  // Last, so first at the end: event plugins hear of it while all is there.
  owned.use(hostEvents);
  owned.use(monitoring);
  return {
    plugins,
    services,
    events,
    storage,
    clock,
    dataFolder,
    config,
    health: monitoring.health,
    usage: monitoring.usage,
    get alerts() {
      return monitoring.alerts;
    },
    checkHealth: (plugin, signal) => monitoring.check(plugin, signal),
    wheel,
    log,
    masker: base.masker,
    logLevels: base.logLevels,
    pluginLogLevels: base.pluginLogLevels,
    logLines: base.logLines,
    inspections: new PluginInspections({ directory: plugins, switches, audit: storage.audit }),
    telemetry,
    switches,
    supervision,
    reloads,
    permissionsOf: maker.callers.of,
    get limitCounts() {
      return limitReports.counts;
    },
    instance: ({ contribution, instanceId, config: instanceConfig = {} }) =>
      new ManagedInstance({ plugin: plugins.provider(contribution), contribution, instanceId, config: instanceConfig }),
    policiesOf: (contribution, extras) => policies.of(plugins.provider(contribution), contribution, extras),
    endpoint: (wanted) => openPluginEndpoint(plugins.provider(wanted.contribution), wanted, calling),
    hooks: (kind, member) => hooks.at(kind, member),
    eventPlugins: hostEvents.plugins,
    start: async (signal) => {
      const failed = await supervision.starting(() =>
        hostEvents.around(async () => {
          await auditStart({ storage, config, directory: plugins, log });
          const failures = await startPlugins(starting, signal);
          const faults = await sections.open(signal);
          for (const { error, plugin } of faults) log.error(error.message, { plugin });
          return [...failures, ...faults.map(({ error }) => error)];
        }, signal),
      );
      await monitoring.begin();
      return failed;
    },
    applyConfig: (next, signal) => changes.apply(next, signal),
    refuseConfig: (error) => changes.refuse(error),
    checkSections: (signal) => sections.open(signal),
    dependentsOf: (plugin) => graph.dependentsOf(plugin),
    checkDependencies: (plugin) => checkDependencies(plugin, starting),
    [Symbol.asyncDispose]: () => shutdown.run(() => owned.disposeAsync()),
  };
}

function runnersByTier(owner: AsyncDisposableStack, runners: readonly OwnedRunner[]): Map<Tier, Runner> {
  for (const runner of runners) {
    if (runner[Symbol.asyncDispose]) owner.use(runner as Runner & AsyncDisposable);
    else if (runner[Symbol.dispose]) owner.use(runner as Runner & Disposable);
  }
  return new Map(runners.map((runner) => [runner.tier, runner]));
}
