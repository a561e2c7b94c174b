import { errorMessage } from "@berth/base";
import { type HostError, isHostError } from "@berth/contract";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { Log } from "../log/index.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { PluginSwitches } from "../plugins/switches.ts";
import { requiredMissing } from "../supervision/supervision-errors.ts";
import type { PluginGraph } from "./plugin-graph.ts";

/** What starting and stopping goes by. */
export interface StartOptions {
  directory: PluginDirectory;
  graph: PluginGraph;
  switches: Pick<PluginSwitches, "isOn">;
  log: Log;
}

/**
 * Starts what is to run from the start, providers first.
 *
 * @returns what did not start; @throws HostError when that is a required plugin.
 */
export async function startPlugins(options: StartOptions, signal: AbortSignal): Promise<HostError[]> {
  const { directory, graph, switches, log } = options;
  const refused = directory.troubles.find(({ isRequired }) => isRequired);
  if (refused) throw requiredMissing(refused.plugin, "start", refused.error);
  const failures: HostError[] = [];
  for (const plugin of graph.inOrder) {
    const { manifest, name } = plugin;
    const isWanted = manifest.runtime.load === "eager" || manifest.plugin.criticality === "required";
    // A version that runs beside another is started by those who are bound to it.
    if (!isWanted || directory.isBeside(name) || !switches.isOn(name)) continue;
    try {
      await plugin.activate(signal);
    } catch (error) {
      if (signal.aborted || !isHostError(error)) throw error;
      if (manifest.plugin.criticality === "required") throw requiredMissing(name, "start", error);
      log.error(error.message, { plugin: name });
      failures.push(error);
    }
  }
  return failures;
}

/**
 * Stops each when those bound to it have stopped, and those that have nothing to do with each other at once, or ten that hang would
 * take ten times as long. One that cannot stop cleanly is said to, and is gone all the same.
 */
export async function stopPlugins({ graph, log }: Pick<StartOptions, "graph" | "log">): Promise<void> {
  const stopped = new Map<string, Promise<void>>();
  // Dependents come before their providers, so their promises are there.
  for (const plugin of graph.inOrder.toReversed()) {
    const dependents = graph.startedAfter(plugin.name).flatMap((id) => stopped.get(id) ?? []);
    stopped.set(
      plugin.name,
      Promise.all(dependents).then(() => stop(plugin, log)),
    );
  }
  await Promise.all(stopped.values());
}

async function stop(plugin: ManagedPlugin, log: Log): Promise<void> {
  const failures = (await plugin.deactivate()).map((failure) => errorMessage(failure));
  // Of one that ended meanwhile each step of its end says the same.
  for (const message of new Set(failures)) log.error(message, { plugin: plugin.name });
}
