import type { MetricFamily, MetricLabels, MetricSample } from "@berth/telemetry/metrics";

/** Something that only grows. */
export function counter(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, help, type: "counter", samples };
}

/** A reading. */
export function gauge(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, help, type: "gauge", samples };
}

/** One value. */
export function one(value: number, labels: MetricLabels = {}): MetricSample {
  return { labels, value };
}
