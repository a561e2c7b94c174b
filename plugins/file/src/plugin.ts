import { definePlugin, defineOutput, fields } from "@berth/sdk";
import { runText } from "./run-text.ts";

export default definePlugin({
  provides: [
    defineOutput("file", {
      description: "What commands write, and how they ended, in a file",
      config: fields({
        path: { type: "string", required: true, maxLength: 1_000, description: "the file, which is added to" },
        heading: {
          type: "bool",
          default: true,
          description: "whether a line before each run says when it was and how it ended",
        },
      }),
      create: (config, ctx) => ({
        write: (record, { signal }) => ctx.files.append(config.path, runText(record, config.heading), signal),
        writeAll: async (records, { signal }) => {
          const text = records.map((record) => runText(record, config.heading)).join("");
          await ctx.files.append(config.path, text, signal);
          return { failed: [] };
        },
      }),
    }),
  ],
});
