import { type Condition, makeSky, type Sky } from "./sky.ts";

/** WMO weather interpretation codes (table 4677 as Open-Meteo uses it): words, condition, and an icon if not the condition's. */
const CODES: Readonly<Record<number, readonly [string, Condition, string?]>> = {
  0: ["Clear sky", "sunny"],
  1: ["Mainly clear", "sunny"],
  2: ["Partly cloudy", "cloudy", "cloud-sun"],
  3: ["Overcast", "cloudy"],
  45: ["Fog", "foggy"],
  48: ["Rime fog", "foggy"],
  51: ["Light drizzle", "rainy", "cloud-drizzle"],
  53: ["Drizzle", "rainy", "cloud-drizzle"],
  55: ["Dense drizzle", "rainy", "cloud-drizzle"],
  56: ["Light freezing drizzle", "rainy", "cloud-drizzle"],
  57: ["Freezing drizzle", "rainy", "cloud-drizzle"],
  61: ["Light rain", "rainy"],
  63: ["Rain", "rainy"],
  65: ["Heavy rain", "rainy"],
  66: ["Light freezing rain", "rainy"],
  67: ["Freezing rain", "rainy"],
  71: ["Light snow", "snowy"],
  73: ["Snow", "snowy"],
  75: ["Heavy snow", "snowy"],
  77: ["Snow grains", "snowy"],
  80: ["Light showers", "rainy"],
  81: ["Showers", "rainy"],
  82: ["Violent showers", "rainy"],
  85: ["Light snow showers", "snowy"],
  86: ["Snow showers", "snowy"],
  95: ["Thunderstorm", "thunderstorm"],
  96: ["Thunderstorm with light hail", "thunderstorm"],
  99: ["Thunderstorm with hail", "thunderstorm"],
};

export function wmoSky(code: number | undefined, isDay: boolean): Sky {
  const known = code === undefined ? undefined : CODES[code];
  if (!known) return makeSky("default", "Unknown", isDay);
  const [description, condition, icon] = known;
  return makeSky(condition, description, isDay, icon === "cloud-sun" && !isDay ? "cloud-moon" : icon);
}
