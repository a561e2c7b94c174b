import * as z from "zod";
import { USAGE_DEFAULTS } from "./monitoring-defaults.ts";

/** `usage` of `berth.yaml`. */
export const usageConfigSchema = z
  .strictObject({
    interval_ms: z
      .union([z.literal(0), z.int().min(250).max(3_600_000)])
      .default(USAGE_DEFAULTS.interval_ms)
      .meta({
        description: "How often it is looked at; 0 for never: no calls are counted then, and no alert is raised",
      }),
    history: z
      .int()
      .min(0)
      .max(3_600)
      .default(USAGE_DEFAULTS.history)
      .meta({ description: "How many looks are remembered of each plugin" }),
  })
  .meta({ description: "What is counted of each plugin: CPU, memory, calls, latency" });
