import { definePlugin, defineOutput, fields, type OutputRecord } from "@berth/sdk";

export default definePlugin({
  provides: [
    defineOutput("jsonl", {
      description: "The record of each run as a line of JSON in a file",
      config: fields({
        path: { type: "string", required: true, maxLength: 1_000, description: "the file, which is added to" },
      }),
      create: (config, ctx) => ({
        write: (record, { signal }) => ctx.files.append(config.path, lineOf(record), signal),
        writeAll: async (records, { signal }) => {
          await ctx.files.append(config.path, records.map(lineOf).join(""), signal);
          return { failed: [] };
        },
      }),
    }),
  ],
});

/** Times as people and machines read them alike. */
function lineOf({ startedAt, ...record }: OutputRecord): string {
  return `${JSON.stringify({ startedAt: new Date(startedAt).toISOString(), ...record })}\n`;
}
