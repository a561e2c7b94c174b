import { definePlugin, defineScheduler, fields } from "@berth/sdk";
import { FibonacciWaits } from "./fibonacci-waits.ts";

export default definePlugin({
  provides: [
    defineScheduler("fibonacci", {
      description: "Waits that grow as 1, 1, 2, 3, 5, 8, and begin again at a limit",
      config: fields({
        base_interval: {
          type: "duration",
          required: true,
          min: "1ms",
          flags: ["--initial", "-b"],
          description: "the first wait",
        },
        max_interval: {
          type: "duration",
          default: "1h",
          flags: ["--max"],
          description: "when the next wait would be longer, the first comes again",
        },
      }),
      create: (config) => new FibonacciWaits({ baseMs: config.base_interval, maxMs: config.max_interval }),
    }),
  ],
});
