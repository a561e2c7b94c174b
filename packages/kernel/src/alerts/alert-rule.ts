/** What can be looked at, and how it is written for people. Those that begin with `host_` are of the host, the others of each plugin. */
export const ALERT_METRICS = {
  cpu_percent: { words: "CPU", unit: "% of a core" },
  memory_mb: { words: "memory", unit: " MiB" },
  memory_percent: { words: "memory", unit: "% of its limit" },
  handles: { words: "number of open handles", unit: "" },
  connections: { words: "number of connections", unit: "" },
  calls_per_second: { words: "rate of calls", unit: " a second" },
  errors_per_second: { words: "rate of failed calls", unit: " a second" },
  error_percent: { words: "share of failed calls", unit: "%" },
  p50_ms: { words: "median latency", unit: " ms" },
  p95_ms: { words: "latency at p95", unit: " ms" },
  p99_ms: { words: "latency at p99", unit: " ms" },
  restarts: { words: "number of restarts", unit: "" },
  health: { words: "health", unit: "" },
  host_cpu_percent: { words: "CPU of the host", unit: "% of a core" },
  host_memory_mb: { words: "memory of the host", unit: " MiB" },
  host_event_loop_delay_ms: { words: "event-loop delay of the host", unit: " ms" },
} as const;

/** One of {@link ALERT_METRICS}. */
export type AlertMetric = keyof typeof ALERT_METRICS;

/** How bad an alert is, the worst last. */
export const ALERT_SEVERITIES = ["info", "warning", "critical"] as const;

/** One of {@link ALERT_SEVERITIES}. */
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** When a figure is a problem. */
export interface AlertRule {
  name: string;
  metric: AlertMetric;
  /** Raised above this. Health counts 0 while it is good, 1 degraded, 2 unhealthy. */
  above: number;
  /** Cleared at or below this, which is less: between the two it stays what it is. */
  clearAt: number;
  /** For how long it must be so, in either direction. */
  forMs: number;
  /** Of restarts: within which time they are counted. */
  withinMs: number;
  /** Of shares and latencies: fewer calls say nothing. */
  minCalls: number;
  severity: AlertSeverity;
  /** Names of plugins; `*` stands for anything. */
  plugins: readonly string[];
}

/** What health counts, so that a rule can be about it. */
export const HEALTH_FIGURES = { unknown: 0, healthy: 0, degraded: 1, unhealthy: 2 } as const;
