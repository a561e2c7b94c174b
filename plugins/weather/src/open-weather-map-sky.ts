import { type Condition, makeSky, type Sky } from "./sky.ts";

/** OpenWeatherMap's groups, as users of the first signage program know them. */
const CONDITIONS = new Map<string, Condition>([
  ["Clear", "sunny"],
  ["Clouds", "cloudy"],
  ["Dust", "cloudy"],
  ["Sand", "cloudy"],
  ["Ash", "cloudy"],
  ["Rain", "rainy"],
  ["Drizzle", "rainy"],
  ["Thunderstorm", "thunderstorm"],
  ["Snow", "snowy"],
  ["Mist", "foggy"],
  ["Fog", "foggy"],
  ["Haze", "foggy"],
  ["Smoke", "foggy"],
  ["Squall", "windy"],
  ["Tornado", "windy"],
]);

/** The sky by group, words and icon code (`10d`: its last letter is day or night). */
export function openWeatherMapSky(
  group: string | undefined,
  description: string | undefined,
  code: string | undefined,
): Sky {
  const condition = CONDITIONS.get(group ?? "") ?? "default";
  const isDay = !code?.endsWith("n");
  return makeSky(condition, description ?? group ?? "Unknown", isDay, iconFor(group, code, isDay));
}

function iconFor(group: string | undefined, code: string | undefined, isDay: boolean): string | undefined {
  if (group === "Drizzle") return "cloud-drizzle";
  if (group === "Tornado") return "tornado";
  // 02 and 03 are few and scattered clouds: the sun or the moon still shows.
  if (/^0[23]/.test(code ?? "")) return isDay ? "cloud-sun" : "cloud-moon";
  return undefined;
}
