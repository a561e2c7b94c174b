import { defineSource, fields } from "@berth/sdk";
import { readHistory } from "./history.ts";
import { readQuote } from "./alpha-vantage.ts";
import { readSettings } from "./settings.ts";
import { stockContent } from "./stock-content.ts";

const config = fields({
  symbol: {
    type: "string",
    pattern: /[A-Za-z0-9][A-Za-z0-9.:^=_-]{0,39}/,
    description: "The share's symbol, such as AAPL or TSCO.LON",
  },
  api_key: { type: "string", secret: true, maxLength: 200, description: "Your key for Alpha Vantage" },
  name: { type: "string", maxLength: 100, description: "The heading; default: the symbol" },
  currency: {
    type: "string",
    maxLength: 10,
    description: "Shown beside the price; default: USD for a symbol without an exchange",
  },
  history_days: { type: "int", min: 0, max: 100, default: 60, description: "Days of trading in the chart; 0 for none" },
  request_gap: {
    type: "duration",
    max: "10s",
    default: "1200ms",
    description: "Pause between the two requests of one run; a free key allows one a second",
  },
  endpoint: { type: "string", maxLength: 500, description: "Address of Alpha Vantage, for a proxy" },
});

export const stockSource = defineSource("stock", {
  description: "Price of a share with its history",
  config,
  create(given, ctx) {
    const settings = readSettings(given, ctx);
    return {
      async fetch(call) {
        ctx.log.info("asking Alpha Vantage for the price", { symbol: settings.symbol });
        const quote = await readQuote(settings, ctx, call.signal);
        if (quote) return stockContent(quote, await readHistory(quote, settings, ctx, call), settings);
        ctx.log.warn("Alpha Vantage has no price", { symbol: settings.symbol });
        return undefined;
      },
    };
  },
});
