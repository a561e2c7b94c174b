import { type CallContext, errorMessage, fetchJson, type JsonView, type PluginContext, withQuery } from "@berth/sdk";
import { openWeatherMapForecast } from "./open-weather-map-forecast.ts";
import { openWeatherMapSky } from "./open-weather-map-sky.ts";
import { clockTime, isoTime, localDate } from "./local-time.ts";
import { placeName, type Settings } from "./settings.ts";
import type { Weather } from "./weather.ts";

type Own = Extract<Settings, { provider: "openweathermap" }>;

const SERVICE = "OpenWeatherMap";
/** The forecast is an extra: it may take this long, and no more than half of the time the call has left. */
const FORECAST_MS = 5_000;

/** The weather now, with the forecast if it comes; nothing when the service has no figures for the place. */
export async function readOpenWeatherMap(
  settings: Own,
  ctx: PluginContext,
  call: CallContext,
): Promise<Weather | undefined> {
  const now = await ask("weather", settings, ctx, call.signal);
  const temperature = now.number("main", "temp");
  if (temperature === undefined) return undefined;
  const weather = readCurrent(now, temperature, settings, ctx.now());
  const forecast = await askForecast(settings, ctx, call);
  return forecast ? withForecast(weather, forecast, now.number("timezone") ?? 0) : weather;
}

/** The current answer's high and low are those of this moment across the city; those of the day are wider. */
function withForecast(weather: Weather, forecast: JsonView, offset: number): Weather {
  const { hours, days } = openWeatherMapForecast(forecast, offset);
  const today = days.find(({ date }) => date === weather.today);
  const { high, low } = weather;
  return {
    ...weather,
    high: today && high !== undefined ? Math.max(high, today.high) : high,
    low: today && low !== undefined ? Math.min(low, today.low) : low,
    hours,
    days,
  };
}

function ask(what: "weather" | "forecast", settings: Own, ctx: PluginContext, signal: AbortSignal): Promise<JsonView> {
  const { place, key, units, endpoint } = settings;
  const where = "latitude" in place ? { lat: place.latitude, lon: place.longitude } : { q: place.city };
  return fetchJson(ctx, {
    service: SERVICE,
    url: withQuery(`${endpoint}/data/2.5/${what}`, { ...where, units, appid: key.reveal() }),
    signal,
    secrets: [key],
    keyField: "api_key",
    notFound: `knows no city "${placeName(place)}"; check city`,
  });
}

async function askForecast(settings: Own, ctx: PluginContext, call: CallContext): Promise<JsonView | undefined> {
  const leftMs = Math.max(0, (call.deadline - ctx.now()) / 2);
  const limit = AbortSignal.timeout(Math.ceil(Math.min(FORECAST_MS, leftMs)));
  try {
    return await ask("forecast", settings, ctx, AbortSignal.any([call.signal, limit]));
  } catch (error) {
    call.signal.throwIfAborted();
    ctx.log.warn("showing the weather without a forecast", { reason: errorMessage(error) });
    return undefined;
  }
}

function readCurrent(now: JsonView, temperature: number, { place }: Own, nowMs: number): Weather {
  const offset = now.number("timezone") ?? 0;
  const observed = now.number("dt") ?? nowMs / 1_000;
  const sunrise = now.number("sys", "sunrise");
  const sunset = now.number("sys", "sunset");
  return {
    place: now.text("name") ?? placeName(place),
    credit: SERVICE,
    observedAt: isoTime(observed),
    today: localDate(observed, offset),
    sky: openWeatherMapSky(
      now.text("weather", 0, "main"),
      now.text("weather", 0, "description"),
      now.text("weather", 0, "icon"),
    ),
    temperature,
    feelsLike: now.number("main", "feels_like"),
    high: now.number("main", "temp_max"),
    low: now.number("main", "temp_min"),
    humidity: now.number("main", "humidity"),
    pressure: now.number("main", "pressure"),
    visibility: now.number("visibility"),
    clouds: now.number("clouds", "all"),
    windSpeed: now.number("wind", "speed"),
    windDegrees: now.number("wind", "deg"),
    windGust: now.number("wind", "gust"),
    rain: now.number("rain", "1h"),
    sunrise: sunrise === undefined ? undefined : clockTime(sunrise, offset),
    sunset: sunset === undefined ? undefined : clockTime(sunset, offset),
    uvIndex: undefined,
    hours: [],
    days: [],
  };
}
