import { definePlugin, defineScheduler, fields } from "@berth/sdk";
import { LoadInterval } from "./load-interval.ts";
import { machineLoad } from "./machine-load.ts";

const percent = { type: "number", min: 1, max: 100 } as const;

export default definePlugin({
  provides: [
    defineScheduler("load-aware", {
      description: "An interval that follows the load of this machine",
      config: fields({
        base_interval: {
          type: "duration",
          required: true,
          min: "1ms",
          flags: ["-b"],
          description: "the interval of a machine that is as busy as it should be",
        },
        target_cpu: { ...percent, default: 70, description: "how busy the processors should be, in per cent" },
        target_memory: { ...percent, default: 80, description: "how full memory should be, in per cent" },
        target_load: {
          type: "number",
          min: 0.01,
          max: 10_000,
          default: 1,
          description: "how high the load average should be",
        },
      }),
      create: (config, ctx) =>
        new LoadInterval({
          baseMs: config.base_interval,
          targets: {
            cpuPercent: config.target_cpu,
            memoryPercent: config.target_memory,
            load1: config.target_load,
          },
          look: machineLoad(ctx),
        }),
    }),
  ],
});
