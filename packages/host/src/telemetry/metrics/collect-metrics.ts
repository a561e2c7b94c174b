import type { MetricFamily } from "@berth/telemetry/metrics";
import type { Host } from "../../host.ts";
import type { HostTelemetry } from "../host-telemetry.ts";
import { counter, one } from "./families.ts";
import { healthFamilies, hostFamilies, spanFamilies } from "./host-families.ts";
import { endpointFamilies, jobFamilies } from "./job-families.ts";
import { callFamilies, pluginEventFamilies, pluginFamilies } from "./plugin-families.ts";

/** What metrics are made of. */
export type MeasuredHost = Pick<
  Host,
  "usage" | "health" | "plugins" | "limitCounts" | "eventPlugins" | "storage" | "masker"
> & {
  telemetry: Pick<HostTelemetry, "spanCounts" | "counts">;
};

/** Two who scrape at the same time see the same; the plugins are asked once. */
const OLDEST_MS = 1_000;

/** All there is to tell of a host, what plugins count themselves last. */
export async function collectMetrics(host: MeasuredHost): Promise<MetricFamily[]> {
  const { usage, health, plugins, limitCounts, eventPlugins, storage, telemetry } = host;
  const { counts } = telemetry;
  const snapshot = await usage.snapshot(OLDEST_MS);
  return [
    ...hostFamilies(snapshot.host, snapshot.at),
    ...healthFamilies(health.snapshot()),
    ...spanFamilies(telemetry.spanCounts),
    ...pluginFamilies(snapshot.plugins),
    ...callFamilies(plugins.plugins),
    ...pluginEventFamilies(limitCounts, eventPlugins.counts),
    counter(
      "berth_plugin_reloads_total",
      "Reloads of the plugin, by how they ended.",
      counts.reloads.map(({ name, outcome, count }) => one(count, { plugin: name, outcome })),
    ),
    ...jobFamilies(counts.runs, (job) => storage.runs.latest(job)),
    ...endpointFamilies(counts.endpoints),
    ...counts.ownFamilies,
  ];
}
