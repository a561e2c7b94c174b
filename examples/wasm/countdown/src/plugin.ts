import { configError, definePlugin, defineSource, fields } from "@berth/sdk";

const DAY_MS = 86_400_000;

const countdown = defineSource("countdown", {
  description: "Counts the days to a date",
  config: fields({
    to: { type: "string", maxLength: 10, description: "The date, as 2030-12-31" },
    what: { type: "string", maxLength: 50, default: "The day", description: "What happens then" },
  }),
  create({ to, what }, ctx) {
    const date = Date.parse(`${to}T00:00:00Z`);
    if (Number.isNaN(date)) throw configError(ctx, "to", "must be a date such as 2030-12-31");
    return {
      fetch: async () => {
        const days = Math.ceil((date - ctx.now()) / DAY_MS);
        return { title: what, lines: [days > 0 ? `in ${days} days` : "is here"] };
      },
    };
  },
});

export default definePlugin({ provides: [countdown] });
