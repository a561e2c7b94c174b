import { fetchJson, JsonView, type PluginContext, upstreamFailure, withQuery } from "@berth/sdk";

/** A place on the map. */
export interface Spot {
  name: string;
  latitude: number;
  longitude: number;
}

/** Cities do not move; the limit is for corrections in the service's list. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Where a city is, by Open-Meteo's search; kept in the plugin's store, so that it costs one request a month. A country code may
 * follow the name (`Portland,US`), and a region before it (`Portland,Maine,US`).
 */
export async function geocode(city: string, endpoint: string, ctx: PluginContext, signal: AbortSignal): Promise<Spot> {
  const key = `geocode:${endpoint}:${city.toLowerCase()}`.slice(0, 512);
  const kept = new JsonView(await ctx.store.get(key));
  const known = toSpot(kept.at("spot"));
  if (known && ctx.now() - (kept.number("at") ?? 0) < KEPT_MS) return known;
  const spot = await search(city, endpoint, ctx, signal);
  await ctx.store.set(key, { at: ctx.now(), spot: { ...spot } });
  return spot;
}

async function search(city: string, endpoint: string, ctx: PluginContext, signal: AbortSignal): Promise<Spot> {
  const { name, region, countryCode } = cityParts(city);
  const answer = await fetchJson(ctx, {
    service: "Open-Meteo's search for cities",
    url: withQuery(`${endpoint}/v1/search`, { name, count: 10, language: "en", format: "json", countryCode }),
    signal,
  });
  const found = answer.list("results", 10);
  const inRegion = region && found.find((result) => result.text("admin1")?.toLowerCase() === region.toLowerCase());
  const spot = toSpot(inRegion || found[0]);
  if (spot) return spot;
  throw upstreamFailure(`Open-Meteo knows no city "${city}"; check city, or set latitude and longitude`, {
    retryable: false,
  });
}

function cityParts(city: string): { name: string; region: string | undefined; countryCode: string | undefined } {
  const parts = city.split(",").map((part) => part.trim());
  const countryCode = parts.length > 1 && /^[A-Za-z]{2}$/.test(parts.at(-1)!) ? parts.pop()!.toUpperCase() : undefined;
  return { name: parts[0]!, region: parts[1], countryCode };
}

function toSpot(view: JsonView | undefined): Spot | undefined {
  const name = view?.text("name");
  const latitude = view?.number("latitude");
  const longitude = view?.number("longitude");
  return name === undefined || latitude === undefined || longitude === undefined
    ? undefined
    : { name, latitude, longitude };
}
