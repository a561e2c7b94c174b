import type { EventBus } from "@berth/kernel/events";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import { watchConfig } from "../config/watch-config.ts";
import type { ConfigChanges } from "../config/config-changes.ts";
import type { HostEvents } from "../events/host-events.ts";
import { tellOfMoves } from "../events/system-events.ts";
import type { Dependents } from "../graph/dependents.ts";
import type { HostOptions } from "../host.ts";
import type { Supervision } from "../supervision/supervision.ts";
import { Newcomers, type NewcomersOptions } from "../plugins/newcomers.ts";
import type { LateReloads } from "./late-reloads.ts";
import { PluginWatch, type PluginWatchOptions } from "./plugin-watch.ts";
import { tellPulses } from "../watchdog/plugin-pulses.ts";

/** What is watched, and whom it concerns. */
export interface WatchingOptions
  extends Omit<NewcomersOptions, "onAdded">, Omit<PluginWatchOptions, "newcomers" | "reloads"> {
  configFile: HostOptions["configFile"];
  events: EventBus;
  reloads: LateReloads;
  dependents: Dependents;
  supervision: Supervision;
  hostEvents: HostEvents;
  changes: ConfigChanges;
}

/** Watches the folders of plugins and the configuration of the host until disposed. Loaded by hosts that watch, and no others. */
export function startWatching(options: WatchingOptions): AsyncDisposable {
  const owned = new AsyncDisposableStack();
  const added = owned.use(new DisposableStack());
  const { reloads, dependents, supervision, hostEvents, directory } = options;
  const onAdded = async (plugin: ManagedPlugin): Promise<void> => {
    added.use(reloads.observe(plugin));
    added.use(tellOfMoves(plugin, options.events));
    added.use(tellPulses(plugin, options.events, options.log));
    supervision.watch(plugin);
    dependents.admit(plugin);
    await hostEvents.plugins.refresh(plugin.name);
  };
  const newcomers = new Newcomers({ ...options, onAdded });
  owned.use(new PluginWatch({ ...options, directory, newcomers }));
  if (options.configFile) owned.use(watchFile(options.configFile, options));
  return owned;
}

function watchFile(
  configFile: NonNullable<HostOptions["configFile"]>,
  { changes, clock }: WatchingOptions,
): AsyncDisposable {
  const stopping = new AbortController();
  const watching = watchConfig({
    file: configFile.path,
    load: () => configFile.load(),
    apply: (next) => changes.apply(next, stopping.signal),
    refuse: (error) => changes.refuse(error),
    clock,
  });
  return {
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return watching[Symbol.asyncDispose]();
    },
  };
}
