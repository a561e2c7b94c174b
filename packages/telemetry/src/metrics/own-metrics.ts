import type { MetricFamily, MetricLabels } from "./metric-family.ts";

/** What a plugin counts: something that only grows, or a reading. */
export type OwnMetricType = "counter" | "gauge";

/** One reading that a plugin gives. */
export interface OwnReading {
  name: string;
  value: number;
  labels: MetricLabels;
  help: string;
}

/** What {@link OwnMetrics} holds of each plugin. */
export interface OwnMetricsBounds {
  /** Most names. */
  names: number;
  /** Most series over all names; what is more is added up in one of each name. */
  series: number;
}

const BOUNDS: OwnMetricsBounds = { names: 100, series: 1_000 };

interface Own {
  type: OwnMetricType;
  help: string;
  values: Map<string, { labels: MetricLabels; value: number }>;
}

interface OfPlugin {
  metrics: Map<string, Own>;
  series: number;
}

/** What plugins count themselves, each within bounds of its own. Families bear the plugin's name, so none can be mistaken for another's. */
export class OwnMetrics {
  readonly #bounds: OwnMetricsBounds;
  readonly #plugins = new Map<string, OfPlugin>();

  constructor(bounds: OwnMetricsBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** @returns why it is not taken; `undefined` when it is. */
  record(plugin: string, type: OwnMetricType, { name, value, labels, help }: OwnReading): string | undefined {
    const own = this.#ofPlugin(plugin);
    const metric = own.metrics.get(name) ?? this.#begin(own, name, type, help);
    if (metric === undefined) return `it has ${this.#bounds.names} metrics already`;
    if (metric.type !== type) return `${name} is a ${metric.type}`;
    const held = this.#seriesOf(own, metric, labels);
    held.value = type === "counter" ? held.value + value : value;
    return undefined;
  }

  /** Of all plugins. */
  families(): MetricFamily[] {
    return [...this.#plugins].flatMap(([plugin, { metrics }]) =>
      [...metrics].map(([name, { type, help, values }]) => ({
        // Two underscores in a row are in no other name: what stands before them is the plugin's.
        name: `plugin_${plugin.replaceAll(/[^a-z0-9]/g, "_")}__${name}${type === "counter" ? "_total" : ""}`,
        help: help === "" ? `Told by plugin ${plugin}.` : help,
        type,
        samples: [...values.values()].map(({ labels, value }) => ({ labels: { ...labels, plugin }, value })),
      })),
    );
  }

  #ofPlugin(plugin: string): OfPlugin {
    let own = this.#plugins.get(plugin);
    if (own === undefined) this.#plugins.set(plugin, (own = { metrics: new Map(), series: 0 }));
    return own;
  }

  #begin(own: OfPlugin, name: string, type: OwnMetricType, help: string): Own | undefined {
    if (own.metrics.size >= this.#bounds.names) return undefined;
    const metric: Own = { type, help, values: new Map() };
    own.metrics.set(name, metric);
    return metric;
  }

  #seriesOf(own: OfPlugin, metric: Own, labels: MetricLabels): { labels: MetricLabels; value: number } {
    const key = keyOf(labels);
    const known = metric.values.get(key);
    if (known) return known;
    const isFull = own.series >= this.#bounds.series;
    const kept: MetricLabels = isFull ? { overflow: "true" } : labels;
    const at = isFull ? keyOf(kept) : key;
    let held = metric.values.get(at);
    if (held === undefined) metric.values.set(at, (held = { labels: kept, value: 0 }));
    if (!isFull) own.series++;
    return held;
  }
}

function keyOf(labels: MetricLabels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
