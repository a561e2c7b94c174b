import { definePlugin, defineOutput, fields } from "@berth/sdk";
import { RunFigures } from "./run-figures.ts";

export default definePlugin({
  provides: [
    defineOutput("metrics", {
      description: "Figures of runs for Prometheus: /metrics",
      config: fields({
        listen: {
          type: "string",
          default: "127.0.0.1:9090",
          maxLength: 300,
          description: "where the figures are; a port alone means this machine only",
        },
      }),
      create: () => {
        const figures = new RunFigures();
        return {
          write: async (record) => figures.note(record),
          respond: (path) =>
            path === "/metrics"
              ? { status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: figures.text() }
              : undefined,
        };
      },
    }),
  ],
});
