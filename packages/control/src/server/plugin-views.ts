import { mapWithWidth } from "@berth/base";
import { type HealthReport, isHostError } from "@berth/contract";
import type { ManagedPlugin } from "@berth/host";
import type { ReloadReport } from "@berth/kernel/reload";
import type { ErrorView, LivePlugin, ReloadView } from "../wire/views.ts";
import { errorView } from "./error-view.ts";
import type { ControlledHost } from "./controlled-host.ts";

/** Plugins are asked for their health this many at a time. */
const HEALTH_WIDTH = 16;

const UNKNOWN: HealthReport = { health: "unknown" };

/** How each plugin stands just now. */
export async function livePlugins(
  host: ControlledHost,
  plugins: readonly ManagedPlugin[],
  { health, signal }: { health: boolean; signal: AbortSignal },
): Promise<LivePlugin[]> {
  const reports = health ? await mapWithWidth(plugins, HEALTH_WIDTH, (plugin) => plugin.health(signal)) : [];
  return plugins.map((plugin, i) => {
    const report = reports[i]?.status === "fulfilled" ? reports[i].value : UNKNOWN;
    return livePlugin(host, plugin, report);
  });
}

function livePlugin(host: ControlledHost, plugin: ManagedPlugin, { health, message }: HealthReport): LivePlugin {
  const { name, folder, manifest, serving: generation } = plugin;
  const isOn = host.switches.isOn(name);
  // To be refused because it is off is no failure.
  const failure =
    plugin.state === "failed" && !isHostError(plugin.failure, "PLUGIN_DISABLED") ? plugin.failure : undefined;
  const hasFailed = failure !== undefined;
  return {
    name,
    version: manifest.plugin.version,
    folder,
    trust: host.plugins.trustOf(name),
    state: plugin.state === "failed" && !hasFailed ? "unloaded" : plugin.state,
    health: plugin.state === "failed" && !hasFailed ? "unknown" : health,
    ...(message === undefined ? {} : { healthMessage: message }),
    ...(generation === undefined ? {} : { generation: generation.number }),
    ...(plugin.stuck.length === 0 ? {} : { stuck: [...plugin.stuck] }),
    calls: generation?.inFlight.count ?? 0,
    enabled: isOn,
    ...(hasFailed ? { failure: errorView(host.supervision.gaveUp(name) ?? failure) } : {}),
    supervision: host.supervision.statusOf(name),
  };
}

/** How a reload ended, as it is told. */
export function reloadView({ failed, dependents, ...report }: ReloadReport): ReloadView {
  const error: ErrorView | undefined = failed && errorView(failed.error);
  return {
    ...report,
    dependents: [...dependents],
    ...(failed && error ? { failed: { step: failed.step, error } } : {}),
  };
}
