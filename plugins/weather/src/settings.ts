import { configError, type PluginContext, parseEndpoint, type Secret } from "@berth/sdk";
import type { UnitSystem } from "./units.ts";

/** What the operator wrote, checked field by field. */
export interface WeatherConfig {
  provider?: "openweathermap" | "open-meteo";
  city?: string;
  api_key?: Secret;
  latitude?: number;
  longitude?: number;
  units: UnitSystem;
  endpoint?: string;
  geocoding_endpoint?: string;
}

/** Where the weather is wanted: by name, or by coordinates (and then a name to show, if there is one). */
export type Place = { city: string } | { latitude: number; longitude: number; city?: string };

/** Settings of one instance; nothing of it is shared with another. */
export type Settings = { place: Place; units: UnitSystem; endpoint: string } & (
  | { provider: "openweathermap"; key: Secret }
  | { provider: "open-meteo"; geocodingEndpoint: string }
);

const OPEN_WEATHER_MAP = "https://api.openweathermap.org";
const OPEN_METEO = "https://api.open-meteo.com";
const OPEN_METEO_GEOCODING = "https://geocoding-api.open-meteo.com";

/** @throws HostError `CONFIG_INVALID` naming plugin and field. */
export function readSettings(config: WeatherConfig, ctx: PluginContext): Settings {
  const place = readPlace(config, ctx);
  const { units, api_key: key } = config;
  if (key?.reveal().trim() === "")
    throw configError(ctx, "api_key", "is empty: give the key, or leave the field out to use Open-Meteo");
  const provider = config.provider ?? (key ? "openweathermap" : "open-meteo");
  if (provider === "openweathermap") {
    if (!key) {
      const where = "get one at openweathermap.org, or set provider to open-meteo which needs none";
      throw configError(ctx, "api_key", `is required for provider openweathermap: ${where}`);
    }
    const endpoint = parseEndpoint(ctx, config.endpoint ?? OPEN_WEATHER_MAP, { field: "endpoint", carriesKey: true });
    return { provider, place, units, endpoint, key };
  }
  const endpoint = parseEndpoint(ctx, config.endpoint ?? OPEN_METEO, { field: "endpoint", carriesKey: false });
  const geocodingEndpoint = parseEndpoint(ctx, config.geocoding_endpoint ?? OPEN_METEO_GEOCODING, {
    field: "geocoding_endpoint",
    carriesKey: false,
  });
  return { provider, place, units, endpoint, geocodingEndpoint };
}

function readPlace({ city: given, latitude, longitude }: WeatherConfig, ctx: PluginContext): Place {
  const city = given?.trim() || undefined;
  if (latitude !== undefined && longitude !== undefined) return { latitude, longitude, ...(city ? { city } : {}) };
  if (latitude !== undefined) throw configError(ctx, "longitude", "is required beside latitude");
  if (longitude !== undefined) throw configError(ctx, "latitude", "is required beside longitude");
  if (city) return { city };
  throw configError(
    ctx,
    "city",
    "is required: set it to the city to show, such as Seattle (or set latitude and longitude)",
  );
}

/** What to call a place in a message. */
export function placeName(place: Place): string {
  return place.city ?? ("latitude" in place ? `${place.latitude}, ${place.longitude}` : "");
}
