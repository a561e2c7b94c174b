import type { JsonView } from "@berth/sdk";
import { clockTime, localDate } from "./local-time.ts";
import { openWeatherMapSky } from "./open-weather-map-sky.ts";
import type { Day, Hour } from "./weather.ts";

/** The forecast comes in steps of three hours: nine of them are one day, ends included. */
const STEPS_SHOWN = 9;

/** The next day by hours and the next days, out of the 5 day / 3 hour forecast. */
export function openWeatherMapForecast(forecast: JsonView, offset: number): { hours: Hour[]; days: Day[] } {
  const steps = forecast.list("list", 100).filter((step) => step.number("dt") !== undefined);
  return {
    hours: steps.slice(0, STEPS_SHOWN).map((step) => ({
      at: clockTime(step.number("dt")!, offset),
      temperature: step.number("main", "temp") ?? null,
      rainChance: percent(step.number("pop")) ?? null,
    })),
    days: byDay(steps, offset),
  };
}

function byDay(steps: readonly JsonView[], offset: number): Day[] {
  const days = Map.groupBy(steps, (step) => localDate(step.number("dt")!, offset));
  return [...days].flatMap(([date, parts]) => {
    const highs = numbers(parts, (part) => part.number("main", "temp_max") ?? part.number("main", "temp"));
    const lows = numbers(parts, (part) => part.number("main", "temp_min") ?? part.number("main", "temp"));
    if (highs.length === 0) return [];
    const chances = numbers(parts, (part) => percent(part.number("pop")));
    return {
      date,
      sky: skyOfDay(parts, offset),
      high: Math.max(...highs),
      low: Math.min(...lows),
      rainChance: chances.length > 0 ? Math.max(...chances) : undefined,
    };
  });
}

/** The step nearest to one in the afternoon stands for the day. */
function skyOfDay(parts: readonly JsonView[], offset: number): Day["sky"] {
  const fromNoon = (part: JsonView): number => Math.abs(Number(clockTime(part.number("dt")!, offset).slice(0, 2)) - 13);
  const [noon] = parts.toSorted((a, b) => fromNoon(a) - fromNoon(b));
  return openWeatherMapSky(
    noon?.text("weather", 0, "main"),
    noon?.text("weather", 0, "description"),
    noon?.text("weather", 0, "icon")?.replace(/n$/, "d"),
  );
}

function numbers(parts: readonly JsonView[], read: (part: JsonView) => number | undefined): number[] {
  return parts.map(read).filter((value) => value !== undefined);
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : Math.round(share * 100);
}
