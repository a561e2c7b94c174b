import type { Headline, Series, SignageContent, Stat, Table } from "@berth/sdk";
import { amount, compact, dayName, price, signed } from "./figures.ts";
import type { Close, Quote } from "./quote.ts";
import type { Settings } from "./settings.ts";

type Direction = "up" | "down" | "flat";

const ACCENTS: Record<Direction, string> = { up: "#34d399", down: "#f87171", flat: "#94a3b8" };

/** What is shown of a share. */
export function stockContent(quote: Quote, history: readonly Close[], settings: Settings): SignageContent {
  const direction = directionOf(quote);
  return {
    title: settings.name,
    subtitle: settings.name === quote.symbol ? "Alpha Vantage quote" : quote.symbol,
    lines: lines(quote, settings),
    headline: headline(quote, direction, settings),
    stats: stats(quote, history),
    series: series(quote, history, settings),
    tables: tables(history),
    accent: ACCENTS[direction],
    layout: "modern_stock",
    backgroundQuery: "stock",
    credit: "Alpha Vantage",
  };
}

function directionOf({ change }: Quote): Direction {
  return change === undefined || change === 0 ? "flat" : change > 0 ? "up" : "down";
}

function headline(quote: Quote, direction: Direction, { currency }: Settings): Headline {
  const icons = { up: "trending-up", down: "trending-down", flat: "minus" } as const;
  return {
    value: price(quote.price),
    ...(currency ? { unit: currency } : {}),
    ...(quote.day ? { caption: `Traded on ${dayName(quote.day)}` } : {}),
    icon: icons[direction],
    trend: { direction, text: changeText(quote) },
  };
}

function changeText({ change, changePercent }: Quote): string {
  if (change === undefined) return "no change known";
  return signed(change, 2) + (changePercent === undefined ? "" : ` (${signed(changePercent, 2)} %)`);
}

function stats(quote: Quote, history: readonly Close[]): Stat[] {
  const closes = history.map((close) => close.price);
  const found: (Stat | undefined)[] = [
    stat("Previous close", "history", quote.previousClose, price),
    stat("Open", "bell", quote.open, price),
    stat("High", "arrow-up", quote.high, price),
    stat("Low", "arrow-down", quote.low, price),
    stat("Volume", "chart-column", quote.volume, compact),
    dayRange(quote),
    ...(closes.length > 1
      ? [
          stat(`High, ${closes.length} days`, "arrow-up-to-line", Math.max(...closes), price),
          stat(`Low, ${closes.length} days`, "arrow-down-to-line", Math.min(...closes), price),
        ]
      : []),
  ];
  return found.filter((entry) => entry !== undefined);
}

function stat(
  label: string,
  icon: string,
  figure: number | undefined,
  show: (figure: number) => string,
): Stat | undefined {
  return figure === undefined ? undefined : { label, value: show(figure), icon };
}

/** Where the price stands between the day's low and high. */
function dayRange({ low, high, price: now }: Quote): Stat | undefined {
  if (low === undefined || high === undefined || high <= low) return undefined;
  const level = Math.min(1, Math.max(0, (now - low) / (high - low)));
  return { label: "Day range", value: String(Math.round(level * 100)), unit: "%", icon: "gauge", level };
}

function series({ previousClose }: Quote, history: readonly Close[], { currency }: Settings): Series[] {
  if (history.length < 2) return [];
  return [
    {
      label: `${history.length} days`,
      kind: "area",
      ...(currency ? { unit: currency } : {}),
      points: history.map(({ day, price: value }) => ({ at: dayName(day), value })),
      ...(previousClose === undefined ? {} : { baseline: previousClose }),
    },
  ];
}

function tables(history: readonly Close[]): Table[] {
  const last = history.slice(-6);
  if (last.length < 2) return [];
  const rows = last.slice(1).map((close, index) => {
    const before = last[index]!.price;
    return [
      dayName(close.day),
      price(close.price),
      before === 0 ? "–" : `${signed(((close.price - before) / before) * 100, 2)} %`,
    ];
  });
  return [{ title: "Last days", columns: ["Day", "Close", "Change"], rows: rows.reverse() }];
}

function lines(quote: Quote, { name, currency }: Settings): string[] {
  const { open, high, low, previousClose, volume, day } = quote;
  const found = [
    `${name} ${price(quote.price)} ${currency}`.trim(),
    quote.change !== undefined && `${changeText(quote)} since the previous close`,
    previousClose !== undefined && `Previous close ${price(previousClose)}`,
    open !== undefined &&
      high !== undefined &&
      low !== undefined &&
      `Open ${price(open)}, high ${price(high)}, low ${price(low)}`,
    volume !== undefined && `Volume ${amount(volume)}`,
    day !== undefined && `Day of trading ${day}`,
  ];
  return found.filter((line) => line !== false);
}
