import { configError, type PluginContext, parseEndpoint, type Secret } from "@berth/sdk";

/** What the operator wrote, checked field by field. */
export interface StockConfig {
  symbol?: string;
  api_key?: Secret;
  name?: string;
  currency?: string;
  history_days: number;
  request_gap: number;
  endpoint?: string;
}

/** Settings of one instance; nothing of it is shared with another. */
export interface Settings {
  symbol: string;
  key: Secret;
  name: string;
  currency: string;
  historyDays: number;
  requestGapMs: number;
  endpoint: string;
}

const ALPHA_VANTAGE = "https://www.alphavantage.co";

/** @throws HostError `CONFIG_INVALID` naming plugin and field. */
export function readSettings(config: StockConfig, ctx: PluginContext): Settings {
  const { symbol, api_key: key } = config;
  if (!symbol) throw configError(ctx, "symbol", "is required: set it to a symbol such as AAPL or TSCO.LON");
  if (!key || key.reveal().trim() === "") {
    throw configError(ctx, "api_key", "is required: get a free key at www.alphavantage.co/support/#api-key");
  }
  return {
    symbol: symbol.toUpperCase(),
    key,
    name: config.name ?? symbol.toUpperCase(),
    // The service does not tell the currency; a symbol without an exchange is listed in the United States.
    currency: config.currency ?? (symbol.includes(".") ? "" : "USD"),
    historyDays: config.history_days,
    requestGapMs: config.request_gap,
    endpoint: parseEndpoint(ctx, config.endpoint ?? ALPHA_VANTAGE, { field: "endpoint", carriesKey: true }),
  };
}
