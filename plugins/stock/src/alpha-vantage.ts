import { fetchJson, type JsonView, type PluginContext, upstreamFailure, withQuery } from "@berth/sdk";
import { refusalOf } from "./refusal.ts";
import type { Close, Quote } from "./quote.ts";
import type { Settings } from "./settings.ts";

/** The price now; nothing when the service answers without one. */
export async function readQuote(
  settings: Settings,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<Quote | undefined> {
  const answer = await ask("GLOBAL_QUOTE", settings, ctx, signal);
  const quote = answer.at("Global Quote");
  // A symbol it does not know is answered with an empty quote.
  if (quote.value !== undefined && quote.entries([]).length === 0) {
    const hint = "check symbol (a share outside the United States needs its exchange, such as TSCO.LON)";
    throw upstreamFailure(`Alpha Vantage knows no symbol "${settings.symbol}"; ${hint}`, { retryable: false });
  }
  const price = quote.numeric("05. price");
  if (price === undefined) return undefined;
  return {
    symbol: quote.text("01. symbol") ?? settings.symbol,
    price,
    change: quote.numeric("09. change"),
    changePercent: percent(quote.text("10. change percent")),
    open: quote.numeric("02. open"),
    high: quote.numeric("03. high"),
    low: quote.numeric("04. low"),
    previousClose: quote.numeric("08. previous close"),
    volume: quote.numeric("06. volume"),
    day: dayOf(quote.text("07. latest trading day")),
  };
}

/** The last hundred days of trading, oldest first. */
export async function readCloses(settings: Settings, ctx: PluginContext, signal: AbortSignal): Promise<Close[]> {
  const answer = await ask("TIME_SERIES_DAILY", settings, ctx, signal);
  return answer
    .entries("Time Series (Daily)")
    .flatMap(([day, figures]) => {
      const price = figures.numeric("4. close");
      return dayOf(day) === undefined || price === undefined ? [] : { day, price };
    })
    .sort((a, b) => (a.day < b.day ? -1 : 1));
}

async function ask(name: string, settings: Settings, ctx: PluginContext, signal: AbortSignal): Promise<JsonView> {
  const { endpoint, symbol, key } = settings;
  const answer = await fetchJson(ctx, {
    service: "Alpha Vantage",
    url: withQuery(`${endpoint}/query`, { function: name, symbol, apikey: key.reveal() }),
    signal,
    secrets: [key],
    keyField: "api_key",
  });
  const refusal = refusalOf(answer, settings);
  if (refusal) throw refusal;
  return answer;
}

/** `0.6319%` is 0.6319. */
function percent(text: string | undefined): number | undefined {
  const figure = /^([+-]?\d{1,12}(?:\.\d{1,12})?)%$/.exec(text ?? "")?.[1];
  return figure === undefined ? undefined : Number(figure);
}

function dayOf(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined;
}
