import { definePlugin, defineOutput, fields } from "@berth/sdk";
import { messageOf } from "./message.ts";

/** Slack takes one message a second and channel, and says so with the last of these. */
const AGAIN = new Set([408, 425, 429]);

export default definePlugin({
  provides: [
    defineOutput("slack", {
      description: "A message to a Slack channel for each run",
      config: fields({
        endpoint: {
          type: "string",
          maxLength: 2_000,
          description: "the incoming webhook, where it is no secret; else the secret SLACK_WEBHOOK_URL is taken",
        },
        only_failures: { type: "bool", default: true, description: "whether runs that succeeded are left out" },
      }),
      create: async (config, ctx) => {
        const url = config.endpoint ?? (await ctx.secrets.get("SLACK_WEBHOOK_URL")).reveal();
        return {
          write: async (record, { signal }) => {
            if (config.only_failures && record.success) return;
            const body = JSON.stringify(messageOf(record));
            const headers = { "content-type": "application/json" };
            const { ok, status } = await ctx.fetch(url, { method: "POST", headers, body, signal });
            if (ok) return;
            if (AGAIN.has(status) || status >= 500) throw new Error(`Slack answered ${status}`);
            ctx.log.error(`Slack refused a message for good: ${status}; is the webhook right?`);
          },
        };
      },
    }),
  ],
});
