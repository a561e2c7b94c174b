/** As in Prometheus. */
export type MetricType = "counter" | "gauge" | "histogram";

/** Names and texts; the texts may be anybody's. */
export type MetricLabels = Readonly<Record<string, string>>;

/** One reading. */
export interface MetricSample {
  labels: MetricLabels;
  value: number;
}

/** How calls, or whatever took its time, are spread. */
export interface HistogramSample {
  labels: MetricLabels;
  /** How many were at most each of the family's bounds. */
  counts: readonly number[];
  count: number;
  sum: number;
}

interface Named {
  /** With `_total` where it is a counter, and the unit at the end. */
  name: string;
  /** One line. */
  help: string;
}

/** All readings of one name. */
export type MetricFamily =
  | (Named & { type: "counter" | "gauge"; samples: readonly MetricSample[] })
  | (Named & { type: "histogram"; bounds: readonly number[]; samples: readonly HistogramSample[] });
