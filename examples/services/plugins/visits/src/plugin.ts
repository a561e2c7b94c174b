import { definePlugin, defineService, HostError } from "@berth/sdk";
import { VISITS } from "./contract.ts";

export default definePlugin({
  provides: [
    defineService(VISITS, {
      description: "How often pages were visited",
      create: (_config, ctx) => ({
        methods: {
          count: async ({ page }, call) => {
            // A caller may send anything: types hold nobody to anything.
            if (typeof page !== "string") throw new HostError("CONFIG_INVALID", "Cannot count: page must be text");
            const count = ((await ctx.store.get<number>(page)) ?? 0) + 1;
            await ctx.store.set(page, count);
            ctx.log.info(`${call.caller} counted ${page}`, { correlationId: call.correlationId });
            return count;
          },
          pages: () => ctx.store.keys(),
        },
      }),
    }),
  ],
});
