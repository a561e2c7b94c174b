import type { MetricFamily, MetricLabels } from "@berth/telemetry/metrics";
import type { SpanCounts } from "@berth/telemetry";
import type { HealthSnapshot } from "../../health/index.ts";
import type { HostUsage } from "../../usage/index.ts";
import { HOST_VERSION } from "../../version.ts";
import { counter, gauge, one } from "./families.ts";

const MIB = 1_048_576;
const MS_PER_S = 1_000;
const HEALTHS = ["healthy", "degraded", "unhealthy", "unknown"] as const;

/** What is told of the process; by the names that Prometheus' own clients have, where they have any. */
export function hostFamilies(usage: HostUsage, at: number): MetricFamily[] {
  const version = { version: HOST_VERSION, node_version: process.versions.node, platform: process.platform };
  return [
    gauge("berth_build_info", "The host that runs here; always 1.", [one(1, version)]),
    gauge("process_start_time_seconds", "When the host began, seconds since 1970.", [
      one((at - usage.uptimeMs) / MS_PER_S),
    ]),
    counter(
      "process_cpu_seconds_total",
      "What the host's process used of the processor, threads of plugins included.",
      [one(usage.cpuMs / MS_PER_S)],
    ),
    gauge("process_resident_memory_bytes", "Memory of the host's process that is not swapped out.", [
      one(Math.round(usage.memoryMb * MIB)),
    ]),
    gauge("nodejs_heap_used_bytes", "What objects of the host's own thread take.", [
      one(Math.round(usage.heapMb * MIB)),
    ]),
    gauge("nodejs_external_memory_bytes", "Memory beside the heap that objects of it hold.", [
      one(Math.round(usage.externalMb * MIB)),
    ]),
    gauge("nodejs_active_resources", "What keeps the host's event loop going.", [one(usage.handles)]),
    gauge("nodejs_eventloop_lag_p99_seconds", "How late the event loop was lately, 99 times of 100 at most.", [
      ...known(usage.eventLoopDelayMs),
    ]),
    gauge("nodejs_eventloop_lag_max_seconds", "How late the event loop was at most lately.", [
      ...known(usage.eventLoopDelayMaxMs),
    ]),
  ];
}

/** How the host and its plugins are. */
export function healthFamilies({ isReady, health, results }: HealthSnapshot): MetricFamily[] {
  const states = (health: string, labels: MetricLabels) =>
    HEALTHS.map((status) => one(Number(status === health), { ...labels, status }));
  return [
    gauge("berth_ready", "Whether work may be sent here.", [one(Number(isReady))]),
    gauge("berth_health_status", "How the host as a whole is: 1 for the status it has.", states(health, {})),
    gauge(
      "berth_plugin_health_status",
      "How each plugin is: 1 for the status it has.",
      results
        .filter(({ name }) => name.startsWith("plugin/"))
        .flatMap(({ name, health: own }) => states(own, { plugin: name.slice("plugin/".length) })),
    ),
  ];
}

/** What became of spans; nothing where none are made. */
export function spanFamilies(counts: SpanCounts | undefined): MetricFamily[] {
  if (counts === undefined) return [];
  return [
    counter("berth_trace_spans_sent_total", "Spans that the collector took.", [one(counts.sent)]),
    counter(
      "berth_trace_spans_lost_total",
      "Spans that were lost: too many waited, or the collector did not take them.",
      [one(counts.dropped, { reason: "queue_full" }), one(counts.failed, { reason: "export_failed" })],
    ),
    gauge("berth_trace_spans_waiting", "Spans that wait to be sent.", [one(counts.waiting)]),
  ];
}

function known(ms: number | null): ReturnType<typeof one>[] {
  return ms === null ? [] : [one(ms / MS_PER_S)];
}
