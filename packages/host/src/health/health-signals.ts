import type { Clock } from "@berth/base";
import type { BusEvent } from "@berth/contract";
import type { EventBus } from "@berth/kernel/events";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { UsageSampler } from "../usage/usage-sampler.ts";
import type { UsageSnapshot } from "../usage/plugin-usage.ts";
import type { HostHealth } from "./host-health.ts";

/** What {@link hearSignals} listens to. */
export interface HealthSignalsOptions {
  health: HostHealth;
  directory: () => PluginDirectory;
  events: EventBus;
  usage: Pick<UsageSampler, "onDidSample">;
  clock: Pick<Clock, "now">;
}

/** How long a limit that was hit, or calls that failed, say something of the plugin. */
const HOLDS_MS = 60_000;
/** From this share of failed calls on a plugin is not well, and below the lower one it is again. */
const FAILING_PERCENT = 50;
const FINE_PERCENT = 20;
/** Fewer say nothing. */
const LEAST_CALLS = 10;

/** Tells health of what happens to plugins: limits that were hit, an event loop that does not answer, calls that fail. Until disposed. */
export function hearSignals({ health, directory, events, usage, clock }: HealthSignalsOptions): Disposable {
  const heard = new DisposableStack();
  const onEvent = ({ subject, data, from }: BusEvent): void => {
    const plugin = from === "host" ? pluginOf(directory(), data) : undefined;
    if (plugin) hear(subject, data as unknown as Facts, plugin);
  };
  const hear = (subject: string, facts: Facts, plugin: ManagedPlugin): void => {
    if (subject === "plugin.limit") {
      const until = clock.now() + HOLDS_MS;
      health.signal(plugin, "limit", { health: "degraded", message: `it went past limits.${facts.limit}`, until });
    } else if (subject === "plugin.unresponsive") {
      health.signal(plugin, "pulse", { health: "degraded", message: "its event loop does not answer" });
    } else if (subject === "plugin.responsive") {
      health.takeBack(plugin, "pulse");
    } else health.renewed(plugin);
  };
  const [pattern, ...further] = SUBJECTS;
  heard.use(events.subscribe({ owner: "host", pattern, further }, onEvent));
  heard.use(usage.onDidSample((snapshot) => hearCalls(snapshot, directory(), health)));
  return heard;
}

const SUBJECTS = [
  "plugin.limit",
  "plugin.unresponsive",
  "plugin.responsive",
  "plugin.reloaded",
  "plugin.rolled_back",
] as const;

interface Facts {
  plugin: string;
  limit?: string;
}

function pluginOf(directory: PluginDirectory, data: unknown): ManagedPlugin | undefined {
  const name = (data as Partial<Facts> | null)?.plugin;
  return typeof name === "string" && directory.has(name) ? directory.get(name) : undefined;
}

function hearCalls({ plugins, at }: UsageSnapshot, directory: PluginDirectory, health: HostHealth): void {
  for (const { plugin: name, callsLately, errorPercent } of plugins) {
    if (!directory.has(name) || errorPercent === null) continue;
    if (errorPercent >= FAILING_PERCENT && (callsLately ?? 0) >= LEAST_CALLS) {
      const message = `${Math.round(errorPercent)} % of its calls failed lately`;
      health.signal(directory.get(name), "calls", { health: "degraded", message, until: at + HOLDS_MS });
    } else if (errorPercent <= FINE_PERCENT) health.takeBack(directory.get(name), "calls");
  }
}
