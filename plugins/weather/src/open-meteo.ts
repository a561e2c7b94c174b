import { type CallContext, fetchJson, type JsonView, type PluginContext, withQuery } from "@berth/sdk";
import { geocode, type Spot } from "./geocode.ts";
import { isoTime, offsetText } from "./local-time.ts";
import type { Settings } from "./settings.ts";
import type { UnitSystem } from "./units.ts";
import type { Day, Hour, Weather } from "./weather.ts";
import { wmoSky } from "./wmo-sky.ts";

type Own = Extract<Settings, { provider: "open-meteo" }>;

const CURRENT =
  "temperature_2m,relative_humidity_2m,apparent_temperature,is_day,precipitation,weather_code,cloud_cover,pressure_msl,wind_speed_10m,wind_direction_10m,wind_gusts_10m,visibility";
const HOURLY = "temperature_2m,precipitation_probability";
const DAILY =
  "weather_code,temperature_2m_max,temperature_2m_min,sunrise,sunset,uv_index_max,precipitation_probability_max";

const KELVIN = 273.15;

/** Open-Meteo knows no kelvin: asked in Celsius, shown in kelvin. Lengths stay metric, the page converts them. */
const UNIT_QUERY: Readonly<Record<UnitSystem, Record<string, string>>> = {
  imperial: { temperature_unit: "fahrenheit", wind_speed_unit: "mph" },
  metric: { temperature_unit: "celsius", wind_speed_unit: "ms" },
  standard: { temperature_unit: "celsius", wind_speed_unit: "ms" },
};

/** The weather now, hours and days in one request, after the city was looked up once. */
export async function readOpenMeteo(
  settings: Own,
  ctx: PluginContext,
  call: CallContext,
): Promise<Weather | undefined> {
  const { place, units, endpoint, geocodingEndpoint } = settings;
  const spot =
    "latitude" in place
      ? { ...place, name: place.city ?? `${place.latitude}, ${place.longitude}` }
      : await geocode(place.city, geocodingEndpoint, ctx, call.signal);
  const answer = await fetchJson(ctx, {
    service: "Open-Meteo",
    url: withQuery(`${endpoint}/v1/forecast`, {
      latitude: spot.latitude,
      longitude: spot.longitude,
      current: CURRENT,
      hourly: HOURLY,
      daily: DAILY,
      forecast_hours: 24,
      forecast_days: 7,
      timezone: "auto",
      ...UNIT_QUERY[units],
    }),
    signal: call.signal,
  });
  return readAnswer(answer, spot, units === "standard" ? KELVIN : 0, ctx.now());
}

function readAnswer(answer: JsonView, spot: Spot, shift: number, nowMs: number): Weather | undefined {
  const now = answer.at("current");
  const temperature = now.number("temperature_2m");
  if (temperature === undefined) return undefined;
  const days = readDays(answer, shift);
  const feelsLike = now.number("apparent_temperature");
  return {
    place: spot.name,
    credit: "Open-Meteo",
    observedAt: observedAt(answer) ?? isoTime(nowMs / 1_000),
    today: answer.text("daily", "time", 0) ?? "",
    sky: wmoSky(now.number("weather_code"), now.number("is_day") !== 0),
    temperature: temperature + shift,
    feelsLike: feelsLike === undefined ? undefined : feelsLike + shift,
    high: days[0]?.high,
    low: days[0]?.low,
    humidity: now.number("relative_humidity_2m"),
    pressure: now.number("pressure_msl"),
    visibility: now.number("visibility"),
    clouds: now.number("cloud_cover"),
    windSpeed: now.number("wind_speed_10m"),
    windDegrees: now.number("wind_direction_10m"),
    windGust: now.number("wind_gusts_10m"),
    rain: now.number("precipitation"),
    uvIndex: answer.number("daily", "uv_index_max", 0),
    sunrise: answer.text("daily", "sunrise", 0)?.slice(11, 16),
    sunset: answer.text("daily", "sunset", 0)?.slice(11, 16),
    hours: readHours(answer, shift),
    days,
  };
}

/** The service tells the local time, and apart from it how far that is from Greenwich. */
function observedAt(answer: JsonView): string | undefined {
  const time = answer.text("current", "time");
  if (time === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(time)) return undefined;
  return `${time}:00${offsetText(answer.number("utc_offset_seconds") ?? 0)}`;
}

function readHours(answer: JsonView, shift: number): Hour[] {
  const times = answer.list(["hourly", "time"], 24);
  return times.map((time, index) => {
    const temperature = answer.number("hourly", "temperature_2m", index);
    return {
      at: time.text()?.slice(11, 16) ?? "",
      temperature: temperature === undefined ? null : temperature + shift,
      rainChance: answer.number("hourly", "precipitation_probability", index) ?? null,
    };
  });
}

function readDays(answer: JsonView, shift: number): Day[] {
  return answer.list(["daily", "time"], 16).flatMap((time, index) => {
    const high = answer.number("daily", "temperature_2m_max", index);
    const low = answer.number("daily", "temperature_2m_min", index);
    const date = time.text();
    if (high === undefined || low === undefined || date === undefined) return [];
    const sky = wmoSky(answer.number("daily", "weather_code", index), true);
    const rainChance = answer.number("daily", "precipitation_probability_max", index);
    return { date, sky, high: high + shift, low: low + shift, rainChance };
  });
}
