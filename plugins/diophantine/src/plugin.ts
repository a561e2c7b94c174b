import {
  configError,
  definePlugin,
  defineScheduler,
  fields,
  parseDuration,
  parseRate,
  type PluginContext,
} from "@berth/sdk";
import { LimitedRuns } from "./limited-runs.ts";

/** Each stands for a time that is kept in mind, and for room in every window. */
const MOST_RUNS = 100_000;
const MOST_OFFSETS = 100;

export default definePlugin({
  provides: [
    defineScheduler("diophantine", {
      description: "Runs as often as a rate allows in any window of time, retries included",
      config: fields({
        rate: {
          type: "string",
          required: true,
          flags: ["-r"],
          description: "so many runs in a time, such as 100/1h",
        },
        retry_pattern: {
          type: "string",
          default: "0",
          flags: ["-p"],
          description: "when a run that fails is tried again, from its beginning, such as 0,5m,15m",
        },
      }),
      create: (config, ctx) => {
        const rate = parseRate(config.rate);
        if (!rate) throw configError(ctx, "rate", "must be runs, at least 1, and a time, such as 100/1h");
        if (rate.runs > MOST_RUNS)
          throw configError(ctx, "rate", `must be at most ${MOST_RUNS} runs; use token-bucket`);
        const offsetsMs = offsetsOf(config.retry_pattern, ctx);
        const within = offsetsMs.filter((offset) => offset < rate.windowMs).length;
        if (within > rate.runs) {
          throw configError(
            ctx,
            "retry_pattern",
            `has ${within} attempts in ${config.rate}: none would ever be allowed`,
          );
        }
        return new LimitedRuns({ rate, offsetsMs, now: () => ctx.now() });
      },
    }),
  ],
});

function offsetsOf(pattern: string, ctx: PluginContext): number[] {
  const parts = pattern.split(",").map((part) => part.trim());
  if (parts.length > MOST_OFFSETS) throw configError(ctx, "retry_pattern", `must have at most ${MOST_OFFSETS} times`);
  const offsets = new Set([0]);
  for (const part of parts) {
    const ms = part === "0" ? 0 : parseDuration(part);
    if (ms === undefined) throw configError(ctx, "retry_pattern", "must be times with commas, such as 0,5m,15m");
    offsets.add(Math.round(ms));
  }
  return [...offsets].toSorted((a, b) => a - b);
}
