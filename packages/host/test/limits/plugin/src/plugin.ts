import { definePlugin, defineService } from "@berth/sdk";
import { GREEDS } from "./greeds.ts";

/** Takes more than it may, of one thing at a time. */
export default definePlugin({
  provides: [
    defineService("hungry", {
      create: (_config, ctx) => ({
        methods: Object.fromEntries(
          Object.entries(GREEDS).map(([name, greed]) => [
            name,
            async (input) => (await greed(ctx, input as string)) ?? null,
          ]),
        ),
      }),
    }),
  ],
});
