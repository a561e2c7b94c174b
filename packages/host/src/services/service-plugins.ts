import type { ServicePlugins } from "@berth/kernel/services";
import type { PluginGraph } from "../graph/plugin-graph.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";

const CALLER = "plugin/";

/** The plugins of a host as its services see them. @param directory known once plugins were looked for. */
export function servicePlugins(directory: () => PluginDirectory, graph: () => PluginGraph): ServicePlugins {
  return {
    providerFor: (service, caller) =>
      (caller.startsWith(CALLER) ? graph().providerOf(caller.slice(CALLER.length), service) : undefined) ??
      directory().find(`service/${service}`),
    callerOf: (caller) => {
      const name = caller.slice(CALLER.length);
      return caller.startsWith(CALLER) && directory().has(name) ? directory().get(name) : undefined;
    },
    names: () => directory().names("service"),
  };
}
