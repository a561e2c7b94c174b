import * as z from "zod";
import { HEALTH_DEFAULTS } from "./monitoring-defaults.ts";

/** 0, or one of these. */
const interval = z.union([z.literal(0), z.int().min(1_000).max(3_600_000)]);
const timeout = z.int().min(100).max(HEALTH_DEFAULTS.timeout_ms);
const times = z.int().min(1).max(100);
const tags = z
  .array(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "must be lower-case letters, digits, . _ -"))
  .max(20);

/** `health` of `berth.yaml`. */
export const healthConfigSchema = z
  .strictObject({
    interval_ms: interval.default(HEALTH_DEFAULTS.interval_ms).meta({
      description:
        "How often each active plugin is asked how it is; 0 for never: what happens to it is seen all the same",
    }),
    timeout_ms: timeout
      .default(HEALTH_DEFAULTS.timeout_ms)
      .meta({ description: "How long a plugin may take to say how it is" }),
    failures: times
      .default(HEALTH_DEFAULTS.failures)
      .meta({ description: "How many bad answers in a row make it bad" }),
    successes: times
      .default(HEALTH_DEFAULTS.successes)
      .meta({ description: "How many good answers in a row make it good again" }),
    disk_free_mb: z.int().min(0).max(1_000_000).default(HEALTH_DEFAULTS.disk_free_mb).meta({
      description: "Less free space than this where the host keeps its data is unhealthy; 0 for no such check",
    }),
    event_loop_delay_ms: z
      .int()
      .min(0)
      .max(60_000)
      .default(HEALTH_DEFAULTS.event_loop_delay_ms)
      .meta({ description: "A longer delay of the host's event loop is degraded; 0 for no such check" }),
  })
  .meta({ description: "How the host looks after the health of its plugins, and its own" });

/** `plugins.<name>.health`. */
export const pluginHealthSchema = z
  .strictObject({
    interval_ms: interval.optional().meta({ description: "In place of health.interval_ms" }),
    timeout_ms: timeout.optional().meta({ description: "In place of health.timeout_ms" }),
    failures: times.optional().meta({ description: "In place of health.failures" }),
    successes: times.optional().meta({ description: "In place of health.successes" }),
    tags: tags.optional().meta({ description: "Words to ask for it by, as /health?tag=WORD" }),
  })
  .meta({ description: "How its health is looked at" });
