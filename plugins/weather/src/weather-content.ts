import type { Headline, Series, SignageContent, Stat, Table } from "@berth/sdk";
import { compassPoint } from "./compass.ts";
import { weekday } from "./local-time.ts";
import { accentOf } from "./sky.ts";
import { short, UNITS, type UnitSystem, type Units, whole } from "./units.ts";
import type { Weather } from "./weather.ts";

const MOST_DAYS = 7;

/** What is shown of the weather. */
export function weatherContent(weather: Weather, system: UnitSystem): SignageContent {
  const units = UNITS[system];
  return {
    title: weather.place,
    subtitle: weather.sky.description,
    lines: lines(weather, units),
    headline: headline(weather, units),
    stats: stats(weather, units),
    series: series(weather, units),
    tables: tables(weather, units),
    accent: accentOf(weather.sky),
    layout: "modern_weather",
    backgroundQuery: `weather/${weather.sky.condition}`,
    observedAt: weather.observedAt,
    credit: weather.credit,
  };
}

function headline(weather: Weather, units: Units): Headline {
  return {
    value: whole(weather.temperature),
    unit: units.temperature,
    caption: [
      weather.feelsLike === undefined ? "" : `Feels like ${whole(weather.feelsLike)}${degree(units)}`,
      weather.high === undefined ? "" : `High ${whole(weather.high)}${degree(units)}`,
      weather.low === undefined ? "" : `Low ${whole(weather.low)}${degree(units)}`,
    ]
      .filter((part) => part !== "")
      .join(" · "),
    icon: weather.sky.icon,
  };
}

function stats(weather: Weather, units: Units): Stat[] {
  const found: (Stat | undefined)[] = [
    stat("Feels like", "thermometer", weather.feelsLike, (value) => ({ value: whole(value), unit: units.temperature })),
    stat("Humidity", "droplets", weather.humidity, share),
    stat("Wind", "wind", weather.windSpeed, (value) => ({
      value: short(value),
      unit: windUnit(weather, units),
      ...(weather.windDegrees === undefined ? {} : { angle: weather.windDegrees }),
    })),
    stat("Pressure", "gauge", weather.pressure, (value) => ({ value: whole(value), unit: "hPa" })),
    stat("Visibility", "eye", weather.visibility, units.visibility),
    stat("Sunrise", "sunrise", weather.sunrise, (value) => ({ value })),
    stat("Sunset", "sunset", weather.sunset, (value) => ({ value })),
    stat("Gusts", "wind", weather.windGust, (value) => ({ value: short(value), unit: units.speed })),
    stat("Clouds", "cloud", weather.clouds, share),
    stat("Rain, last hour", "umbrella", weather.rain || undefined, units.rain),
    stat("UV index", "sun", weather.uvIndex, (value) => ({ value: short(value) })),
  ];
  return found.filter((entry) => entry !== undefined);
}

function stat<T>(
  label: string,
  icon: string,
  figure: T | undefined,
  show: (figure: T) => Pick<Stat, "value" | "unit" | "level" | "angle">,
): Stat | undefined {
  return figure === undefined ? undefined : { label, icon, ...show(figure) };
}

const share = (percent: number): { value: string; unit: string; level: number } => ({
  value: whole(percent),
  unit: "%",
  level: Math.min(1, Math.max(0, percent / 100)),
});

function windUnit({ windDegrees }: Weather, { speed }: Units): string {
  return windDegrees === undefined ? speed : `${speed} ${compassPoint(windDegrees)}`;
}

function series({ today, hours, days }: Weather, units: Units): Series[] {
  const unit = degree(units);
  const all: Series[] = [
    {
      label: "Temperature, next 24 hours",
      kind: "area",
      unit,
      points: hours.map(({ at, temperature }) => ({ at, value: rounded(temperature) })),
    },
    {
      label: "Next days",
      kind: "bar",
      unit,
      points: days.slice(0, MOST_DAYS).map(({ date, sky, high, low }) => ({
        at: date === today ? "Today" : weekday(date),
        value: Math.round(high),
        low: Math.round(low),
        icon: sky.icon,
      })),
    },
    {
      label: "Chance of rain, next 24 hours",
      kind: "bar",
      unit: "%",
      points: hours.map(({ at, rainChance }) => ({ at, value: rainChance })),
    },
  ];
  return all.filter(({ points }) => points.filter(({ value }) => value !== null).length > 1);
}

function tables({ days }: Weather, units: Units): Table[] {
  if (days.length < 2) return [];
  const rows = days
    .slice(0, 7)
    .map(({ date, sky, high, low, rainChance }) => [
      weekday(date),
      sky.description,
      whole(high) + degree(units),
      whole(low) + degree(units),
      rainChance === undefined ? "–" : `${rainChance} %`,
    ]);
  return [{ title: "Next days", columns: ["Day", "Sky", "High", "Low", "Rain"], rows }];
}

function lines(weather: Weather, units: Units): string[] {
  const { temperature, feelsLike, high, low, humidity, pressure, visibility, windSpeed, windGust } = weather;
  const heat = (value: number): string => whole(value) + units.temperature;
  const far = visibility === undefined ? undefined : units.visibility(visibility);
  const rain = weather.rain ? units.rain(weather.rain) : undefined;
  const found = [
    `${heat(temperature)}, ${weather.sky.description.toLowerCase()}`,
    feelsLike !== undefined && `Feels like ${heat(feelsLike)}`,
    high !== undefined && low !== undefined && `High ${heat(high)}, low ${heat(low)}`,
    humidity !== undefined && `Humidity ${whole(humidity)} %`,
    windSpeed !== undefined && `Wind ${short(windSpeed)} ${windUnit(weather, units)}${gusts(windGust, units)}`,
    rain && `Rain in the last hour ${rain.value} ${rain.unit}`,
    pressure !== undefined && `Pressure ${whole(pressure)} hPa`,
    far && `Visibility ${far.value} ${far.unit}`,
    weather.sunrise && weather.sunset && `Sunrise ${weather.sunrise}, sunset ${weather.sunset}`,
  ];
  return found.filter((line) => typeof line === "string" && line !== "") as string[];
}

function gusts(gust: number | undefined, { speed }: Units): string {
  return gust === undefined ? "" : `, gusts ${short(gust)} ${speed}`;
}

/** The sign after a figure whose unit is told elsewhere: `57°`, but `287 K`. */
function degree({ temperature }: Units): string {
  return temperature === "K" ? " K" : "°";
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}
