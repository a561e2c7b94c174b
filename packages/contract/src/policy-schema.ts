import * as z from "zod";
import { CONTRIBUTION_KINDS } from "./contributions/kinds.ts";
import { POLICY_BOUNDS } from "./policy-bounds.ts";

/**
 * What surrounds calls, as `plugin.toml` and `berth.yaml` say it. What is left out is as the layer below says; the last one is the
 * host's own.
 *
 * Importing this module loads zod; import the type `PolicyConfig` from `@berth/contract` where no checking is done.
 */

type Path = keyof typeof POLICY_BOUNDS;

const whole = (path: Path, description: string) => within(z.int(), path).optional().meta({ description });
const amount = (path: Path, description: string) => within(z.number(), path).optional().meta({ description });

function within<T extends z.ZodNumber>(schema: T, path: Path): T {
  const [from, to] = POLICY_BOUNDS[path];
  return schema.min(from).max(to);
}

function waits(path: "retry.waitsMs" | "breaker.waitsMs", description: string) {
  return z.array(within(z.int(), path)).min(1).max(20).optional().meta({ description });
}

const retry = z
  .strictObject({
    max_attempts: whole("retry.maxAttempts", "Attempts of one call, the first one included; default 3"),
    waits_ms: waits(
      "retry.waitsMs",
      "The longest wait before the second attempt, the third, and so on; the last repeats",
    ),
    jitter: z.enum(["full", "none"]).optional().meta({
      description: "full, the default: each wait is drawn between 0 and that; none: it is waited as it stands",
    }),
  })
  .meta({ description: "What happens when an attempt fails; only calls that may be made twice are repeated" });

const breaker = z
  .strictObject({
    enabled: z.boolean().optional().meta({ description: "Whether there is one; default true" }),
    failure_threshold: whole("breaker.failureThreshold", "Failed calls in a row that open it"),
    error_rate: amount("breaker.errorRate", "Share of failed calls within window_ms that opens it; default 0.5"),
    window_ms: whole("breaker.windowMs", "Over which time that share is taken; default a minute"),
    min_calls: whole("breaker.minCalls", "With fewer calls in that time the share says nothing; default 20"),
    waits_ms: waits(
      "breaker.waitsMs",
      "How long it stays open the first time, the second, and so on; the last repeats",
    ),
    probes: whole("breaker.probes", "Calls that then try whether the callee is back; default 3"),
    successes_to_close: whole("breaker.successesToClose", "How many of them must succeed; default 2"),
  })
  .refine(({ probes = Infinity, successes_to_close = 0 }) => successes_to_close <= probes, {
    path: ["successes_to_close"],
    message: "must be at most probes",
  })
  .meta({ description: "When a callee that keeps failing is left alone" });

const rate = z
  .strictObject({
    per_second: within(z.number(), "rate.perSecond").meta({ description: "Calls a second in the long run" }),
    burst: whole("rate.burst", "Calls that may come at once after a pause; default 1"),
    max_queued: whole("rate.maxQueued", "Calls that may wait for their turn; default 0: they are refused"),
  })
  .meta({ description: "How often it may be called; default as often as one likes" });

const concurrency = z
  .strictObject({
    max_in_flight: whole("concurrency.maxInFlight", "Calls at a time"),
    max_queued: whole("concurrency.maxQueued", "Calls that may wait for one of them to end"),
  })
  .meta({ description: "How many calls at a time, of one instance" });

const fallback = z
  .strictObject({
    use_cached: z.boolean().optional().meta({
      description: "Whether an earlier answer to the same call stands in for a failed one, where the kind keeps any",
    }),
    max_age_ms: whole("fallback.maxAgeMs", "How old it may be; default a day"),
  })
  .meta({ description: "What stands in when a call has failed" });

const budget = z
  .strictObject({
    percent: amount("budget.percent", "Retries of any minute, in hundredths of its calls; default 10"),
    per_minute: whole("budget.perMinute", "Retries a minute that are allowed however few calls there are; default 10"),
  })
  .meta({ description: "How many retries all calls of the plugin may bring about together" });

/** The policy of one contribution, or of all of a plugin. */
export const policySchema = z
  .strictObject({
    deadline_ms: whole("deadlineMs", "How long one attempt may take, ms; then its signal fires"),
    retry: retry.optional(),
    breaker: breaker.optional(),
    rate: rate.optional(),
    concurrency: concurrency.optional(),
    fallback: fallback.optional(),
    idempotent: z
      .union([z.boolean(), z.array(z.string().min(1).max(200)).max(200)])
      .optional()
      .meta({ description: "Whether calls may be made twice, so that they are retried; or which methods may" }),
    priority: z
      .int()
      .min(-1_000)
      .max(1_000)
      .optional()
      .meta({ description: "Who comes first where several plugins add to one thing: the higher; default 0" }),
  })
  .meta({ description: "What surrounds the calls into the plugin" });

/** The same in `berth.yaml`: only the operator says how many retries a plugin may bring about. */
export const operatorPolicySchema = policySchema
  .extend({ budget: budget.optional() })
  .meta({ description: "What surrounds the calls into the plugin; wins over its manifest" });

const CONTRIBUTION = new RegExp(`^(?:${Object.keys(CONTRIBUTION_KINDS).join("|")})/[a-zA-Z0-9._-]{1,100}$`);

/** Policies of single contributions, by `kind/name`. */
export const policiesSchema = z
  .record(
    z.string().regex(CONTRIBUTION, "must be the kind and the name of a contribution, such as service/metrics"),
    policySchema,
  )
  .meta({ description: "The same for single contributions, by kind/name; wins over the policy of the whole plugin" });

/** A policy as it was written. */
export type PolicyConfig = z.output<typeof policySchema>;
/** A policy as an operator wrote it. */
export type OperatorPolicyConfig = z.output<typeof operatorPolicySchema>;
