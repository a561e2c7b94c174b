export { MOST_SERIES } from "./bound-series.ts";
export type { HistogramSample, MetricFamily, MetricLabels, MetricSample, MetricType } from "./metric-family.ts";
export { OwnMetrics, type OwnMetricType, type OwnReading } from "./own-metrics.ts";
export { metricsFormat, type MetricsFormat, renderMetrics, type RenderedMetrics } from "./render-metrics.ts";
