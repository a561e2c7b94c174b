import type { HealthSelection } from "@berth/kernel/health";
import type { HealthView, UsageView } from "../wire/monitoring-views.ts";
import type { ControlledHost } from "./controlled-host.ts";

/** How host and plugins are; one plugin that is named is asked anew. */
export async function askHealth(
  host: ControlledHost,
  { plugin, ...selection }: HealthSelection & { plugin?: string | undefined },
  signal: AbortSignal,
): Promise<HealthView> {
  if (plugin !== undefined) await host.checkHealth(plugin, signal);
  const { health, phase, isReady, notReady, results } = host.health.snapshot(selection);
  const told = results.map((result) => ({ ...result, tags: [...result.tags] }));
  return { health, phase, isReady, notReady: [...notReady], results: told };
}

/** What plugins and host use, no older than asked. */
export async function askUsage(host: ControlledHost, maxAgeMs: number): Promise<UsageView> {
  const { at, host: ofHost, plugins } = await host.usage.snapshot(maxAgeMs);
  const known = plugins.filter(({ plugin }) => host.plugins.has(plugin));
  return {
    at,
    intervalMs: host.usage.intervalMs,
    host: ofHost,
    plugins: known.map((usage) => ({ ...usage, health: host.health.of(host.plugins.get(usage.plugin)).health })),
    alerts: host.alerts.map((alert) => ({ ...alert })),
  };
}
