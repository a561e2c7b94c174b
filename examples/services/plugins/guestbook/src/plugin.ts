import { definePlugin, defineService, defineServiceRef } from "@berth/sdk";
import type { Visits } from "../../visits/src/contract.ts";

const VISITS = defineServiceRef<Visits>("visits");

export default definePlugin({
  provides: [
    defineService("guestbook", {
      create: (_config, ctx) => {
        // Asks nobody yet: `visits` is loaded by the first call.
        const visits = ctx.services.get(VISITS);
        return {
          methods: {
            sign: async (input, call) => {
              const { guest } = input as { guest: string };
              const times = await visits.count({ page: `guest/${guest}` }, call);
              // Goes without, when nobody provides it.
              const translation = await ctx.services.find("translation");
              const hello = translation ? await translation.call<string>("say", "Hello", call) : "Hello";
              return `${hello} ${guest}, this is your visit ${times}`;
            },
          },
        };
      },
    }),
  ],
});
