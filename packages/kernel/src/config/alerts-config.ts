import * as z from "zod";
import { ALERT_METRICS, ALERT_SEVERITIES, type AlertMetric } from "../alerts/alert-rule.ts";

const ruleName = z.string().regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, "must be lower-case words joined by hyphens");
const pattern = z
  .string()
  .max(100)
  .regex(
    /^(?=.)[a-z0-9-]*(?:\*[a-z0-9-]*){0,3}$/,
    "must be a plugin's name, in which * stands for anything, at most three times",
  );

const rule = z
  .strictObject({
    metric: z.enum(Object.keys(ALERT_METRICS) as [AlertMetric, ...AlertMetric[]]).meta({
      description: "What is looked at: of each plugin, or of the host where it begins with host_",
    }),
    above: z.number().min(0).max(1e12).optional().meta({ description: "It is raised above this" }),
    clear_below: z
      .number()
      .min(0)
      .max(1e12)
      .optional()
      .meta({ description: "It is cleared below this only; default nine tenths of above" }),
    is: z
      .enum(["degraded", "unhealthy"])
      .optional()
      .meta({ description: "For health: it is raised when it is this or worse" }),
    for_ms: z
      .int()
      .min(0)
      .max(86_400_000)
      .default(30_000)
      .meta({ description: "For how long it must be so, in either direction" }),
    within_ms: z
      .int()
      .min(10_000)
      .max(86_400_000)
      .default(300_000)
      .meta({ description: "For restarts: within which time they are counted" }),
    min_calls: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10)
      .meta({ description: "For shares and latencies: fewer calls since the last look say nothing" }),
    severity: z.enum(ALERT_SEVERITIES).default("warning").meta({ description: "How it is logged" }),
    plugins: z
      .array(pattern)
      .min(1)
      .max(100)
      .default(["*"])
      .meta({ description: "For which plugins; * stands for anything" }),
  })
  .superRefine(({ metric, above, is, clear_below: clearBelow }, context) => {
    const wants = metric === "health" ? "is" : "above";
    const given = { is, above };
    for (const key of ["is", "above"] as const) {
      if (key === wants && given[key] === undefined)
        context.addIssue({ code: "custom", path: [key], message: `is needed for the metric ${metric}` });
      if (key !== wants && given[key] !== undefined)
        context.addIssue({ code: "custom", path: [key], message: `means nothing for the metric ${metric}` });
    }
    if (above !== undefined && clearBelow !== undefined && clearBelow > above)
      context.addIssue({ code: "custom", path: ["clear_below"], message: "must not be more than above" });
  })
  .meta({ description: "One rule" });

const webhook = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), "must be an http or https address")
      .meta({ description: "Where alerts are posted, as JSON", secret: true }),
    secret: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "Name of the variable that holds the key by which they are signed" }),
    timeout_ms: z.int().min(100).max(60_000).default(5_000).meta({ description: "How long one attempt may take" }),
    attempts: z.int().min(1).max(10).default(4).meta({ description: "How often it is tried" }),
  })
  .meta({ description: "A server that is told" });

/** `alerts` of `berth.yaml`. */
export const alertsConfigSchema = z
  .strictObject({
    defaults: z.boolean().default(true).meta({
      description: "Whether the usual rules hold, beside those named here; one of the same name stands in their place",
    }),
    rules: z
      .record(ruleName, rule)
      .default({})
      .refine((rules) => Object.keys(rules).length <= 100, "must be at most 100 rules")
      .meta({ description: "Further rules, by name" }),
    webhook: webhook.optional(),
  })
  .meta({ description: "When a figure of a plugin, or of the host, is told as a problem" });
