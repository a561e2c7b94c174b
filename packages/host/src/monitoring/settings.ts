import type { HostConfig } from "@berth/kernel/config";
import { HEALTH_DEFAULTS, USAGE_DEFAULTS } from "@berth/kernel/config/monitoring";

/** `usage` of `berth.yaml`, with what holds where it says nothing. */
export function usageSettings({ usage }: Pick<HostConfig, "usage">): { interval_ms: number; history: number } {
  return usage ?? USAGE_DEFAULTS;
}

/** How the health of one plugin is looked at. */
export interface HealthSettings {
  interval_ms: number;
  timeout_ms: number;
  failures: number;
  successes: number;
  tags: readonly string[];
}

/** `health` of `berth.yaml`, with what holds where it says nothing. */
export function hostHealthSettings({
  health,
}: Pick<HostConfig, "health">): Required<NonNullable<HostConfig["health"]>> {
  return health ?? HEALTH_DEFAULTS;
}

/** The same for one plugin, whose own entry wins. Asked at each look, so a change holds at once. */
export function pluginHealthSettings(config: Pick<HostConfig, "health" | "plugins">, plugin: string): HealthSettings {
  const { interval_ms, timeout_ms, failures, successes } = hostHealthSettings(config);
  const own = Object.hasOwn(config.plugins, plugin) ? config.plugins[plugin]?.health : undefined;
  const given = Object.fromEntries(Object.entries(own ?? {}).filter(([, value]) => value !== undefined));
  return { interval_ms, timeout_ms, failures, successes, tags: [], ...given };
}
