import { configError, definePlugin, defineScheduler, fields } from "@berth/sdk";
import { AdaptiveInterval } from "./adaptive-interval.ts";

export default definePlugin({
  provides: [
    defineScheduler("adaptive", {
      description: "An interval that follows how the command fares",
      config: fields({
        base_interval: {
          type: "duration",
          required: true,
          min: "1ms",
          flags: ["-b"],
          description: "the first interval, and what slow and fast are measured by",
        },
        min_interval: { type: "duration", default: "100ms", min: "1ms", description: "no interval is shorter" },
        max_interval: { type: "duration", default: "30s", min: "1ms", description: "no interval is longer" },
        slow_threshold: {
          type: "number",
          default: 2,
          min: 0,
          max: 1_000,
          description: "runs are slow when they take more than so many base intervals",
        },
        fast_threshold: {
          type: "number",
          default: 0.5,
          min: 0,
          max: 1_000,
          description: "runs are fast when they take less than so many base intervals",
        },
        failure_threshold: {
          type: "number",
          default: 0.3,
          min: 0,
          max: 1,
          description: "below this chance of success runs become rare",
        },
        compat: {
          type: "bool",
          default: false,
          description: "a failure makes the interval shorter, as in rpr 0.5",
        },
      }),
      create: (config, ctx) => {
        const { min_interval: minMs, max_interval: maxMs, slow_threshold: slow, fast_threshold: fast } = config;
        if (minMs > maxMs) throw configError(ctx, "min_interval", "must not be longer than max_interval");
        if (fast > slow) throw configError(ctx, "fast_threshold", "must not be above slow_threshold");
        return new AdaptiveInterval({
          baseMs: config.base_interval,
          minMs,
          maxMs,
          slowFactor: slow,
          fastFactor: fast,
          openBelow: config.failure_threshold,
          isCompatible: config.compat,
        });
      },
    }),
  ],
});
