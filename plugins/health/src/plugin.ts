import { definePlugin, defineOutput, fields } from "@berth/sdk";
import { RunsHealth } from "./runs-health.ts";

export default definePlugin({
  provides: [
    defineOutput("health", {
      description: "Pages that say whether runs succeed: /health, /ready, /live",
      config: fields({
        listen: {
          type: "string",
          default: "127.0.0.1:8080",
          maxLength: 300,
          description: "where the pages are; a port alone means this machine only",
        },
        failures: {
          type: "int",
          min: 1,
          max: 1_000_000,
          default: 3,
          description: "so many failures in a row are unhealthy",
        },
      }),
      create: (config, ctx) => {
        const health = new RunsHealth({ now: () => ctx.now(), failures: config.failures });
        return {
          write: async (record) => health.note(record),
          respond: (path) => health.page(path),
        };
      },
    }),
  ],
});
