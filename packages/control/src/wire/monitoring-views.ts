import * as z from "zod";

/** What a host says of health, usage and alerts, as it crosses the socket. A figure is `null` where it cannot be known. */

const text = z.string().max(65_536);
const name = z.string().min(1).max(200);
const timeMs = z.number();
const figure = z.number().nullable();
const health = z.enum(["healthy", "degraded", "unhealthy", "unknown"]);

/** How one thing is. */
const healthResult = z.object({
  name,
  health,
  message: text.optional(),
  details: z.record(z.string(), z.json()).optional(),
  tags: z.array(name),
  isRequired: z.boolean(),
  since: timeMs,
  checkedAt: timeMs.optional(),
});

/** How all is. */
export const healthView = z.object({
  health,
  phase: z.enum(["starting", "serving", "stopping"]),
  isReady: z.boolean(),
  notReady: z.array(text),
  results: z.array(healthResult),
});

/** A problem. */
const alertView = z.object({
  rule: name,
  severity: z.enum(["info", "warning", "critical"]),
  plugin: name.optional(),
  metric: name,
  value: figure,
  above: z.number(),
  since: timeMs,
  message: text,
});

const pluginUsage = z.object({
  plugin: name,
  version: name,
  state: name,
  tier: name.nullable(),
  generation: z.int().nullable(),
  uptimeMs: figure,
  cpuMs: figure,
  cpuPercent: figure,
  memoryMb: figure,
  memoryPercent: figure,
  externalMb: figure,
  handles: figure,
  processes: figure,
  ioMb: figure,
  calls: figure,
  errors: figure,
  inFlight: z.number(),
  callsLately: figure,
  callsPerSecond: figure,
  errorsPerSecond: figure,
  errorPercent: figure,
  p50Ms: figure,
  p95Ms: figure,
  p99Ms: figure,
  connections: z.number(),
  networkMb: z.number(),
  fileMb: z.number(),
  restarts: z.number(),
  limitHits: z.number(),
  health,
});

const hostUsage = z.object({
  cpuMs: z.number(),
  cpuPercent: figure,
  memoryMb: z.number(),
  heapMb: z.number(),
  externalMb: z.number(),
  handles: z.number(),
  eventLoopDelayMs: figure,
  eventLoopDelayMaxMs: figure,
  uptimeMs: z.number(),
});

/** What plugins and host use, and what of it is a problem. */
export const usageView = z.object({
  at: timeMs,
  /** How often it is looked at; 0: only when asked. */
  intervalMs: z.number(),
  host: hostUsage,
  plugins: z.array(pluginUsage),
  alerts: z.array(alertView),
});

/** What is remembered of one plugin, oldest first. */
export const usageHistory = z.object({
  rows: z.array(
    z.object({
      at: figure,
      cpuPercent: figure,
      memoryMb: figure,
      callsPerSecond: figure,
      errorsPerSecond: figure,
      p99Ms: figure,
    }),
  ),
});

export type HealthView = z.output<typeof healthView>;
export type UsageView = z.output<typeof usageView>;
export type PluginUsageView = UsageView["plugins"][number];
export type AlertView = UsageView["alerts"][number];
