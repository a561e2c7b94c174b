import { definePlugin, defineSource, fields } from "@berth/sdk";

const countdown = defineSource("countdown", {
  config: fields({
    date: { type: "string", required: true, pattern: /\d{4}-\d\d-\d\d/, description: "The day, such as 2030-01-01" },
  }),
  create: ({ date }, ctx) => ({
    async fetch() {
      const days = Math.ceil((Date.parse(date) - ctx.now()) / 86_400_000);
      return { title: `Until ${date}`, lines: [`${days} days`], headline: { value: `${days}`, caption: "days" } };
    },
  }),
});

export default definePlugin({ provides: [countdown] });
