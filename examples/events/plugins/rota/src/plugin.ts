import { definePlugin, defineService } from "@berth/sdk";

const PEOPLE = ["Ada", "Grace"];

export default definePlugin({
  provides: [defineService("rota", { create: () => ({ methods: { people: () => PEOPLE } }) })],
  start: async (ctx) => {
    let turns = 0;
    // What a listener returns is the reply to whoever asks.
    await ctx.events.subscribe("rota.ask", () => PEOPLE[turns++ % PEOPLE.length]);
  },
});
