import { defineSource, fields, type PluginContext, type SourceInstance } from "@berth/sdk";
import { readOpenMeteo } from "./open-meteo.ts";
import { readOpenWeatherMap } from "./open-weather-map.ts";
import { placeName, readSettings, type Settings, type WeatherConfig } from "./settings.ts";
import { UNIT_SYSTEMS } from "./units.ts";
import { weatherContent } from "./weather-content.ts";

/** The operator's fields. `city` and `api_key` are asked for by `readSettings`, since what is needed depends on the provider. */
const config = fields({
  provider: {
    type: "string",
    oneOf: ["openweathermap", "open-meteo"],
    description: "Who is asked; default: openweathermap if api_key is set, else open-meteo which needs no key",
  },
  city: { type: "string", maxLength: 100, description: "The city to show, such as Seattle or Seattle,US" },
  api_key: { type: "string", secret: true, maxLength: 200, description: "Your key for OpenWeatherMap" },
  latitude: { type: "number", min: -90, max: 90, description: "In place of a city, with longitude" },
  longitude: { type: "number", min: -180, max: 180, description: "In place of a city, with latitude" },
  units: {
    type: "string",
    oneOf: UNIT_SYSTEMS,
    default: "imperial",
    description: "imperial (°F, mph), metric (°C, m/s) or standard (K, m/s)",
  },
  endpoint: { type: "string", maxLength: 500, description: "Address of the provider, for a mirror or a proxy" },
  geocoding_endpoint: { type: "string", maxLength: 500, description: "Address of Open-Meteo's search for cities" },
});

export const weatherSource = defineSource("weather", {
  description: "Current weather and forecast of a city",
  config,
  create: (given, ctx) => createWeatherSource(readSettings(given as WeatherConfig, ctx), ctx),
});

function createWeatherSource(settings: Settings, ctx: PluginContext): SourceInstance {
  return {
    async fetch(call) {
      const place = placeName(settings.place);
      ctx.log.info(`asking ${settings.provider} for the weather`, { place });
      const weather =
        settings.provider === "openweathermap"
          ? await readOpenWeatherMap(settings, ctx, call)
          : await readOpenMeteo(settings, ctx, call);
      if (weather) return weatherContent(weather, settings.units);
      ctx.log.warn(`${settings.provider} has no data`, { place });
      return undefined;
    },
  };
}
