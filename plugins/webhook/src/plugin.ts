import { configError, definePlugin, defineOutput, fields, type OutputRecord, type PluginContext } from "@berth/sdk";
import { verdictOf } from "./verdict.ts";

export default definePlugin({
  provides: [
    defineOutput("webhook", {
      description: "The record of each run as a POST request",
      config: fields({
        url: { type: "string", required: true, maxLength: 2_000, description: "the address that takes it" },
        only_failures: { type: "bool", default: false, description: "whether runs that succeeded are left out" },
        bearer: {
          type: "bool",
          default: false,
          description: "whether the secret WEBHOOK_SECRET is sent as a bearer token",
        },
      }),
      create: async (config, ctx) => {
        if (!URL.canParse(config.url))
          throw configError(ctx, "url", "must be an address such as https://example.com/x");
        const token = config.bearer ? await ctx.secrets.get("WEBHOOK_SECRET") : undefined;
        const headers: Record<string, string> = { "content-type": "application/json" };
        if (token) headers["authorization"] = `Bearer ${token.reveal()}`;
        return {
          write: async (record, { signal }) => {
            if (config.only_failures && record.success) return;
            const init = { method: "POST", headers, body: JSON.stringify(record), signal };
            judge(await ctx.fetch(config.url, init), record, ctx);
          },
        };
      },
    }),
  ],
});

/** @throws what is to be sent again; what is refused for good is said, and lost. */
function judge({ status }: Response, record: OutputRecord, ctx: PluginContext): void {
  const verdict = verdictOf(status);
  if (verdict === "again") throw new Error(`the server answered ${status}`);
  if (verdict === "refused") ctx.log.error(`The server refused the record of ${record.id} for good: ${status}`);
}
