import type { AlertRule } from "./alert-rule.ts";

type Told = Pick<AlertRule, "name" | "metric" | "above" | "clearAt" | "severity"> & Partial<AlertRule>;

/** What is a problem in any host. Latency is not in it: nobody else can say how fast a plugin has to be. */
const TOLD: readonly Told[] = [
  { name: "plugin-unhealthy", metric: "health", above: 1, clearAt: 1, severity: "critical" },
  // Three restarts are no accident any more; further down supervision gives the plugin up.
  { name: "plugin-restarts", metric: "restarts", above: 2, clearAt: 0, forMs: 0, severity: "critical" },
  { name: "plugin-errors", metric: "error_percent", above: 50, clearAt: 20, forMs: 60_000, severity: "warning" },
  { name: "plugin-memory", metric: "memory_percent", above: 90, clearAt: 80, forMs: 60_000, severity: "warning" },
  { name: "plugin-cpu", metric: "cpu_percent", above: 90, clearAt: 70, forMs: 300_000, severity: "warning" },
  { name: "host-event-loop", metric: "host_event_loop_delay_ms", above: 250, clearAt: 100, severity: "critical" },
];

/** The rules that hold unless `alerts.defaults` is false. */
export const DEFAULT_ALERT_RULES: readonly AlertRule[] = TOLD.map((rule) => ({
  forMs: 30_000,
  withinMs: 300_000,
  minCalls: 10,
  plugins: ["*"],
  ...rule,
}));
