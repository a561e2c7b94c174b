import { definePlugin, defineService } from "@berth/sdk";

export default definePlugin({
  provides: [
    defineService("new-page", {
      create: (_config, ctx) => ({
        methods: {
          show: async (_input, call) =>
            `new-page: ${await ctx.services.get("chart").call<string>("draw", [0, 1, 2], call)}`,
        },
      }),
    }),
  ],
});
