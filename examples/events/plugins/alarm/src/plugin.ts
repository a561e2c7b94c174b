import { defineEvent, definePlugin } from "@berth/sdk";

export default definePlugin({
  provides: [
    defineEvent("alarm", {
      description: "Raises an alarm for plugins that fail",
      create: (_config, ctx) => ({
        subjects: ["plugin.failed"],
        handle: async ({ data }, call) => {
          const { plugin } = data as { plugin: string };
          const who = await ctx.events.request<string>("rota.ask", plugin, { timeoutMs: 2_000, signal: call.signal });
          await ctx.events.publish("alarm.raised", { plugin, who });
        },
      }),
    }),
  ],
});
