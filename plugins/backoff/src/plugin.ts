import { configError, definePlugin, defineScheduler, fields, type PluginContext } from "@berth/sdk";
import { Retries } from "./retries.ts";
import { decorrelatedJitter, exponential, fibonacci, linear, polynomial } from "./waits.ts";

const attempts = {
  type: "int",
  min: 0,
  default: 3,
  flags: ["-a"],
  description: "all attempts, the first among them; 0 for as many as it takes",
} as const;

const maxDelay = {
  type: "duration",
  default: "60s",
  flags: ["-md"],
  description: "no wait is longer",
} as const;

const baseDelay = {
  type: "duration",
  required: true,
  min: "0.001ms",
  flags: ["-bd"],
  description: "the first wait",
} as const;

const multiplier = {
  type: "number",
  min: 1,
  max: 10,
  default: 2,
  description: "each wait is so many times the one before",
} as const;

const exponentialScheduler = defineScheduler("exponential", {
  description: "Retries, each wait twice the last",
  config: fields({ base_delay: baseDelay, multiplier, max_delay: maxDelay, attempts }),
  create: (config, ctx) => {
    assertAboveOne(config.multiplier, ctx);
    return new Retries({
      waits: exponential(config.base_delay, config.multiplier),
      maxDelayMs: config.max_delay,
      attempts: config.attempts,
    });
  },
});

/** As the upstream's older versions called the fields. */
const backoffScheduler = defineScheduler("backoff", {
  description: "Retries, each wait twice the last",
  config: fields({
    initial: {
      ...baseDelay,
      flags: ["-i", "--initial-interval", "--initial-delay", "--base-delay", "-bd"],
    },
    max: { ...maxDelay, flags: ["--max-interval", "--max-delay", "-md"] },
    multiplier,
    attempts,
  }),
  create: (config, ctx) => {
    assertAboveOne(config.multiplier, ctx);
    return new Retries({
      waits: exponential(config.initial, config.multiplier),
      maxDelayMs: config.max,
      attempts: config.attempts,
    });
  },
});

const fibonacciScheduler = defineScheduler("fibonacci-backoff", {
  description: "Retries, waits grow as 1, 1, 2, 3, 5, 8",
  config: fields({
    base_delay: { ...baseDelay, flags: ["-bd", "--initial"] },
    max_delay: { ...maxDelay, flags: ["-md", "--max"] },
    attempts,
  }),
  create: (config) =>
    new Retries({ waits: fibonacci(config.base_delay), maxDelayMs: config.max_delay, attempts: config.attempts }),
});

const linearScheduler = defineScheduler("linear", {
  description: "Retries, each wait longer by the same step",
  config: fields({
    increment: { ...baseDelay, flags: ["-inc"], description: "the first wait, and by how much each next is longer" },
    max_delay: maxDelay,
    attempts,
  }),
  create: (config) =>
    new Retries({ waits: linear(config.increment), maxDelayMs: config.max_delay, attempts: config.attempts }),
});

const polynomialScheduler = defineScheduler("polynomial", {
  description: "Retries, waits grow with a power",
  config: fields({
    base_delay: baseDelay,
    exponent: {
      type: "number",
      min: 0,
      max: 10,
      default: 2,
      flags: ["-exp"],
      description: "the nth wait is the first times n to this power",
    },
    max_delay: maxDelay,
    attempts,
  }),
  create: (config, ctx) => {
    if (config.exponent === 0) throw configError(ctx, "exponent", "must be above 0");
    return new Retries({
      waits: polynomial(config.base_delay, config.exponent),
      maxDelayMs: config.max_delay,
      attempts: config.attempts,
    });
  },
});

const jitterScheduler = defineScheduler("decorrelated-jitter", {
  description: "Retries, random waits that grow",
  config: fields({
    base_delay: { ...baseDelay, description: "no wait is shorter" },
    multiplier: {
      ...multiplier,
      default: 3,
      description: "each wait is at most so many times the one before",
    },
    max_delay: maxDelay,
    attempts,
  }),
  create: (config, ctx) => {
    assertAboveOne(config.multiplier, ctx);
    return new Retries({
      waits: decorrelatedJitter(config.base_delay, config.multiplier, config.max_delay, Math.random),
      maxDelayMs: config.max_delay,
      attempts: config.attempts,
    });
  },
});

export default definePlugin({
  provides: [
    exponentialScheduler,
    fibonacciScheduler,
    linearScheduler,
    polynomialScheduler,
    jitterScheduler,
    backoffScheduler,
  ],
});

function assertAboveOne(value: number, ctx: PluginContext): void {
  if (value <= 1) throw configError(ctx, "multiplier", "must be above 1: waits would not grow");
}
