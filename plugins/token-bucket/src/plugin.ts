import { configError, definePlugin, defineScheduler, fields, parseRate } from "@berth/sdk";
import { TokenBucket } from "./token-bucket.ts";

export default definePlugin({
  provides: [
    defineScheduler("token-bucket", {
      description: "Runs as often as a rate allows, after a first burst",
      config: fields({
        rate: {
          type: "string",
          required: true,
          flags: ["-r"],
          description: "so many runs in a time, such as 100/1h",
        },
        burst: {
          type: "int",
          min: 0,
          max: 1_000_000,
          default: 0,
          description: "runs that may follow each other at once; 0 for as many as the rate allows in its time",
        },
      }),
      create: (config, ctx) => {
        const rate = parseRate(config.rate);
        if (!rate) throw configError(ctx, "rate", "must be runs, at least 1, and a time, such as 100/1h");
        return new TokenBucket({ rate, burst: config.burst === 0 ? rate.runs : config.burst, now: () => ctx.now() });
      },
    }),
  ],
});
