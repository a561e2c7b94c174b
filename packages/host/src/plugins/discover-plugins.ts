import { join } from "node:path";
import type { Clock, Failpoints } from "@berth/base";
import { formatProblem, HostError, type Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import { type DiscoveredPlugin, discover, type Discovery, type Root } from "@berth/kernel/discovery";
import { ManagedPlugin, type PreparedRun } from "@berth/kernel/lifecycle";
import { CallTally } from "@berth/kernel/usage";
import type { Runner } from "@berth/kernel/runner";
import { usageSettings } from "../monitoring/settings.ts";
import { planPlugins } from "../graph/plan-plugins.ts";
import { PluginGraph } from "../graph/plugin-graph.ts";
import type { Log } from "../log/index.ts";
import { saysRequired } from "../supervision/says-required.ts";
import type { HostTelemetry } from "../telemetry/host-telemetry.ts";
import { HOST_VERSION } from "../version.ts";
import { makeCode } from "./make-code.ts";
import { type DirectoryEntry, PluginDirectory, type PluginTrouble } from "./plugin-directory.ts";

/** What {@link discoverPlugins} needs. */
export interface DiscoverPluginsOptions {
  roots: readonly Root[];
  config: HostConfig;
  dataFolder: string;
  runners: ReadonlyMap<Tier, Runner>;
  clock: Clock;
  failpoints: Failpoints;
  log: Log;
  /** Gets ready what one plugin runs with. */
  prepare(plugin: DiscoveredPlugin, signal: AbortSignal): Promise<PreparedRun>;
  /** The services that the host itself provides. */
  hostServices(): Iterable<string>;
  telemetry: Pick<HostTelemetry, "scope">;
  signal: AbortSignal | undefined;
  /** Whether only the safest are taken; default false. */
  isSafe?: boolean | undefined;
}

/** What {@link managePlugin} needs. */
export type ManagePluginOptions = Omit<DiscoverPluginsOptions, "roots" | "dataFolder" | "log" | "hostServices">;

/** The plugins of a host, and who is bound to whom. */
export interface DiscoveredGraph {
  plugins: PluginDirectory;
  graph: PluginGraph;
}

/** Finds the plugins and prepares each to be run; no code is loaded. One that cannot be used is told, the rest go on. */
export async function discoverPlugins(options: DiscoverPluginsOptions): Promise<DiscoveredGraph> {
  const { roots, dataFolder, clock, signal, log } = options;
  const found = await discover({
    roots,
    index: join(dataFolder, "plugins.index"),
    clock,
    ...(signal ? { signal } : {}),
  });
  if (found.indexError) log.warn(found.indexError.message, { code: found.indexError.code });
  for (const { name, notes } of found.plugins) for (const note of notes) log.info(`Plugin "${name}": ${note}`);
  const plan = await planPlugins(found.plugins, {
    roots,
    hostServices: options.hostServices(),
    manage: (plugin) => managePlugin(plugin, options),
  });
  const plugins = new PluginDirectory(plan.entries, [...troublesOf(found), ...plan.troubles]);
  for (const trouble of plugins.troubles) logTrouble(log, trouble, found);
  const hostServices = (): Iterable<string> => options.hostServices();
  return { plugins, graph: new PluginGraph({ directory: plugins, plan: plan.graph, roots, hostServices }) };
}

function troublesOf(found: Discovery): PluginTrouble[] {
  return [
    ...found.failedRoots.map(({ root, error }) => ({ plugin: root.path, error })),
    ...found.broken.map(({ folder, error, problems: [problem] }) => {
      return { plugin: folder, error, isRequired: problem !== undefined && saysRequired(problem.file) };
    }),
    ...found.duplicates.map(({ refused, error }) => ({ plugin: refused.name, error })),
  ];
}

/** What the operator switched off is no trouble to be warned of at every start. */
function logTrouble(log: Log, { error }: PluginTrouble, { broken }: Discovery): void {
  const level = error.code === "PLUGIN_DISABLED" || error.code === "PLUGIN_LEFT_OUT" ? "info" : "warn";
  const problems = broken.find((one) => one.error === error)?.problems ?? [];
  log.write(level, [error.message, ...problems.map(formatProblem)].join("\n"), { code: error.code });
}

/** What the host keeps of one plugin that it may run. @throws HostError for one that it may not. */
export async function managePlugin(plugin: DiscoveredPlugin, options: ManagePluginOptions): Promise<DirectoryEntry> {
  assertNotSwitchedOff(options.config, plugin.name);
  const { code, trust } = await makeCode(plugin, options);
  const { clock, failpoints } = options;
  const tally = usageSettings(options.config).interval_ms > 0 ? new CallTally(clock) : undefined;
  const about = {
    name: plugin.id,
    hostVersion: HOST_VERSION,
    clock,
    failpoints,
    tally,
    scope: options.telemetry.scope,
  };
  const managed = new ManagedPlugin({ ...code, ...about });
  return { plugin: managed, source: plugin, trust };
}

/** @throws HostError `PLUGIN_DISABLED` for a plugin that `berth.yaml` switches off. */
export function assertNotSwitchedOff({ plugins }: Pick<HostConfig, "plugins">, name: string): void {
  if (plugins[name]?.enabled !== false) return;
  throw new HostError("PLUGIN_DISABLED", `Plugin "${name}" is disabled by plugins.${name}.enabled`);
}
