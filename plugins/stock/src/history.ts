import { type CallContext, errorMessage, JsonView, pause, type PluginContext } from "@berth/sdk";
import { readCloses } from "./alpha-vantage.ts";
import type { Close, Quote } from "./quote.ts";
import type { Settings } from "./settings.ts";

/** Closes change once a day; every request saved is one of 25 that a free key has. */
const KEPT_MS = 12 * 3_600_000;

/** The closes of the last days, the price now as the last of them; kept in the store, and empty when they cannot be had. */
export async function readHistory(
  quote: Quote,
  settings: Settings,
  ctx: PluginContext,
  call: CallContext,
): Promise<Close[]> {
  if (settings.historyDays === 0) return [];
  const key = `closes:${settings.endpoint}:${settings.symbol}`;
  const kept = new JsonView(await ctx.store.get(key));
  const isFresh = ctx.now() - (kept.number("at") ?? -Infinity) < KEPT_MS;
  const closes = isFresh ? toCloses(kept) : ((await renew(key, settings, ctx, call)) ?? toCloses(kept));
  return withToday(closes, quote).slice(-settings.historyDays);
}

async function renew(
  key: string,
  settings: Settings,
  ctx: PluginContext,
  call: CallContext,
): Promise<Close[] | undefined> {
  try {
    if (settings.requestGapMs > 0) await pause(settings.requestGapMs, call.signal);
    const closes = await readCloses(settings, ctx, call.signal);
    await ctx.store.set(key, { at: ctx.now(), closes: closes.map((close) => ({ ...close })) });
    return closes;
  } catch (error) {
    call.signal.throwIfAborted();
    ctx.log.warn("showing the price without a fresh history", { reason: errorMessage(error) });
    return undefined;
  }
}

function toCloses(kept: JsonView): Close[] {
  return kept.list("closes").flatMap((close) => {
    const day = close.text("day");
    const price = close.number("price");
    return day === undefined || price === undefined ? [] : { day, price };
  });
}

function withToday(closes: Close[], { day, price }: Quote): Close[] {
  if (day === undefined || closes.length === 0) return closes;
  return [...closes.filter((close) => close.day < day), { day, price }];
}
