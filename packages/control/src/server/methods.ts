import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import { HOST_VERSION, type KeptGeneration, type Reloads, type SwitchReport } from "@berth/host";
import { CONTROL_PROTOCOL, type CheckedParamsOf, type ControlMethod, type ResultOf } from "../wire/methods.ts";
import type { KeptGenerationView, SwitchView } from "../wire/views.ts";
import type { ControlledHost } from "./controlled-host.ts";
import { errorView } from "./error-view.ts";
import { askHealth, askUsage } from "./monitoring-methods.ts";
import { livePlugins, reloadView } from "./plugin-views.ts";

/** Answers one method; the signal fires when who asked is gone. */
type Method<M extends ControlMethod> = (params: CheckedParamsOf<M>, signal: AbortSignal) => Promise<ResultOf<M>>;

/** What is said or sent beside the answer. */
type OfConnection = "events.watch" | "logs.watch" | "plugins.inspect";

/** All that is asked and answered; what takes more than that is the connection's. */
export type Methods = { [M in Exclude<ControlMethod, OfConnection>]: Method<M> };

/** The methods over one host. */
export function createMethods(host: ControlledHost): Methods {
  const startedAt = host.clock.now();
  return {
    "host.status": async () => ({
      protocol: CONTROL_PROTOCOL,
      version: HOST_VERSION,
      pid: process.pid,
      startedAt,
      dataFolder: host.dataFolder,
      plugins: counts(host),
    }),
    "plugins.list": async ({ health }, signal) => ({
      plugins: await livePlugins(host, host.plugins.plugins, { health, signal }),
      troubles: host.plugins.troubles.map(({ plugin, error }) => ({ plugin, error: errorView(error) })),
    }),
    "plugins.info": async ({ plugin: name }, signal) => {
      const plugin = host.plugins.get(name);
      const [live] = await livePlugins(host, [plugin], { health: true, signal });
      const generations = await host.reloads?.history(name);
      return {
        plugin: live!,
        provides: [...plugin.provides],
        dependents: host.dependentsOf(name).toReversed(),
        limitHits: host.limitCounts
          .filter((count) => count.plugin === name)
          .map(({ limit, hits, last: { allowed, used, action } }) => ({ limit, hits, allowed, used, action })),
        log: host.pluginLogLevels.of(plugin.name),
        ...(generations ? { generations: generations.map(keptView) } : {}),
      };
    },
    "plugins.enable": async ({ plugin, by }, signal) =>
      switchView(await host.switches.switchOn(plugin, who(by), signal)),
    "plugins.disable": async ({ plugin, by, withDependents }) =>
      switchView(await host.switches.switchOff(plugin, { by: who(by), withDependents })),
    "plugins.restart": async ({ plugin: id, by }, signal) => {
      const plugin = host.plugins.get(id);
      const { name } = plugin;
      host.switches.assertOn(name);
      await host.storage.audit.append({ kind: "plugin.restarted", plugin: name, details: { by: who(by) } });
      const startedMs = host.clock.monotonicMs();
      await host.supervision.restart(name, signal);
      const { version } = plugin.manifest.plugin;
      const tookMs = host.clock.monotonicMs() - startedMs;
      return { plugin: name, version, generation: plugin.serving?.number ?? 0, tookMs };
    },
    "plugins.reload": async ({ plugin, by }, signal) => {
      return reloadView(await reloadsOf(host, plugin).reload(plugin, { signal, always: true, by: who(by) }));
    },
    "plugins.reload_all": async ({ by }, signal) => {
      const reports = await reloadsOf(host).reloadAll({ signal, always: true, by: who(by) });
      return { reports: reports.map(reloadView) };
    },
    "plugins.rollback": async ({ plugin, by, to }, signal) => {
      const options = { signal, by: who(by), ...(to === undefined ? {} : { to }) };
      return reloadView(await reloadsOf(host, plugin).rollback(plugin, options));
    },
    "plugins.log_level": async ({ plugin: id, by, level, forMs }) => {
      const { name } = host.plugins.get(id);
      const details = { by: who(by), level, ...(forMs === undefined ? {} : { seconds: forMs / 1_000 }) };
      await host.storage.audit.append({ kind: "plugin.log_level", plugin: name, details });
      return host.pluginLogLevels.set(name, level ?? undefined, forMs);
    },
    "health.snapshot": (params, signal) => askHealth(host, params, signal),
    "usage.snapshot": ({ maxAgeMs }) => askUsage(host, maxAgeMs),
    "usage.history": async ({ plugin }) => ({ rows: host.usage.history(host.plugins.get(plugin).name) }),
    "plugins.history": async ({ plugin }) => {
      const generations = await reloadsOf(host, plugin).history(plugin);
      return { generations: generations.map(keptView) };
    },
  };
}

function counts({ plugins: { plugins }, switches }: ControlledHost): ResultOf<"host.status">["plugins"] {
  const isOn = plugins.filter(({ name }) => switches.isOn(name));
  return {
    total: plugins.length,
    active: plugins.filter(({ state }) => state === "active").length,
    failed: isOn.filter(({ state }) => state === "failed").length,
    disabled: plugins.length - isOn.length,
  };
}

/** @throws HostError when there is no such plugin, it is switched off, or the host replaces none. */
function reloadsOf({ reloads, plugins, switches }: ControlledHost, plugin?: string): Reloads {
  if (plugin !== undefined) {
    plugins.get(plugin);
    switches.assertOn(plugin);
  }
  if (reloads) return reloads;
  throw new HostError("RELOAD_FAILED", "Cannot replace a plugin: this host was made without reloads");
}

function who(by: string): string {
  return neutraliseLine(by, 200);
}

function keptView({
  id,
  plugin,
  version,
  digest,
  since,
  isCurrent,
  hasFailed,
  hasState,
}: KeptGeneration): KeptGenerationView {
  return { id, plugin, version, digest, since, isCurrent, hasFailed, hasState };
}

function switchView({ plugin, isOn, hasChanged, dependents, problems }: SwitchReport): SwitchView {
  return {
    plugin,
    enabled: isOn,
    changed: hasChanged,
    dependents: [...dependents],
    problems: problems.map(errorView),
  };
}
