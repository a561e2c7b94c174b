import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { HistogramSample, MetricFamily, MetricSample } from "@berth/telemetry/metrics";
import { LIFECYCLE_STATES } from "@berth/contract";
import type { EventCounts } from "../../events/event-plugin.ts";
import type { LimitCount } from "../../plugins/limit-reports.ts";
import type { PluginUsage } from "../../usage/index.ts";
import { counter, gauge, one } from "./families.ts";

const MIB = 1_048_576;
const MS_PER_S = 1_000;

/** Seconds; from an inline call to the longest that anybody waits for. */
const BOUNDS = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];
const BOUNDS_MS = BOUNDS.map((seconds) => seconds * MS_PER_S);

/** What each plugin uses and how its calls end. What cannot be known of one is left out for it. */
export function pluginFamilies(usages: readonly PluginUsage[]): MetricFamily[] {
  const each = (value: (usage: PluginUsage) => number | null | undefined): MetricSample[] =>
    usages.flatMap((usage) => {
      const known = value(usage);
      return known === null || known === undefined ? [] : [one(known, { plugin: usage.plugin })];
    });
  const mib = (value: number | null): number | null => (value === null ? null : Math.round(value * MIB));
  return [
    gauge(
      "berth_plugin_info",
      "The version of each plugin and the tier it runs in; always 1.",
      usages.map(({ plugin, version, tier }) => one(1, { plugin, version, tier: tier ?? "" })),
    ),
    gauge(
      "berth_plugin_state",
      "The state of each plugin: 1 for the one it has.",
      usages.flatMap(({ plugin, state: own }) =>
        LIFECYCLE_STATES.map((state) => one(Number(state === own), { plugin, state })),
      ),
    ),
    gauge(
      "berth_plugin_generation",
      "Which loaded code version of the plugin serves.",
      each(({ generation }) => generation),
    ),
    gauge(
      "berth_plugin_uptime_seconds",
      "For how long that has served.",
      each(({ uptimeMs }) => (uptimeMs === null ? null : uptimeMs / MS_PER_S)),
    ),
    counter(
      "berth_plugin_restarts_total",
      "How often the plugin became active again after it had failed.",
      each(({ restarts }) => restarts),
    ),
    gauge(
      "berth_plugin_memory_bytes",
      "Memory of the plugin, where its tier tells it apart.",
      each(({ memoryMb }) => mib(memoryMb)),
    ),
    counter(
      "berth_plugin_cpu_seconds_total",
      "What the plugin used of the processor, where its tier tells it apart.",
      each(({ cpuMs }) => (cpuMs === null ? null : cpuMs / MS_PER_S)),
    ),
    gauge(
      "berth_plugin_calls_in_flight",
      "Calls that are under way in the plugin.",
      each(({ inFlight }) => inFlight),
    ),
    gauge(
      "berth_plugin_connections",
      "Connections open through the host's brokers.",
      each(({ connections }) => connections),
    ),
    counter(
      "berth_plugin_network_bytes_total",
      "What the plugin sent and received through the host.",
      each(({ networkMb }) => mib(networkMb)),
    ),
    counter(
      "berth_plugin_file_bytes_total",
      "What the plugin read and wrote through the host.",
      each(({ fileMb }) => mib(fileMb)),
    ),
  ];
}

/** How the calls into each plugin ended, and how long they took. */
export function callFamilies(plugins: readonly ManagedPlugin[]): MetricFamily[] {
  const tallies = plugins.flatMap(({ name, tally }) => (tally ? [{ plugin: name, tally }] : []));
  const durations = tallies.map(({ plugin, tally: { latency } }): HistogramSample => {
    const { counts, sumMs } = latency.within(BOUNDS_MS);
    return { labels: { plugin }, counts, count: latency.count, sum: sumMs / MS_PER_S };
  });
  return [
    counter(
      "berth_plugin_calls_total",
      "Calls into the plugin that have ended.",
      tallies.map(({ plugin, tally }) => one(tally.counts.calls, { plugin })),
    ),
    counter(
      "berth_plugin_call_errors_total",
      "Of those, the ones that failed by the plugin's doing, by the code of the error.",
      tallies.flatMap(({ plugin, tally }) =>
        [...tally.errorCodes].map(([code, count]) => one(count, { plugin, code })),
      ),
    ),
    {
      name: "berth_plugin_call_duration_seconds",
      help: "How long the plugin took for a call.",
      type: "histogram",
      bounds: BOUNDS,
      samples: durations,
    },
  ];
}

/** How often plugins went past their limits, and what became of the events for them. */
export function pluginEventFamilies(limits: readonly LimitCount[], events: readonly EventCounts[]): MetricFamily[] {
  const of = (value: (counts: EventCounts) => number): MetricSample[] =>
    events.map((counts) => one(value(counts), { plugin: counts.plugin, contribution: counts.contribution }));
  return [
    counter(
      "berth_plugin_limit_hits_total",
      "How often the plugin went past one of its limits.",
      limits.map(({ plugin, limit, hits }) => one(hits, { plugin, limit })),
    ),
    counter(
      "berth_plugin_events_handled_total",
      "Events that the plugin was shown and handled.",
      of(({ handled }) => handled),
    ),
    counter(
      "berth_plugin_events_failed_total",
      "Events on which the plugin failed.",
      of(({ failed }) => failed),
    ),
    counter(
      "berth_plugin_events_dropped_total",
      "Events that the plugin was too slow for.",
      of(({ dropped }) => dropped),
    ),
  ];
}
