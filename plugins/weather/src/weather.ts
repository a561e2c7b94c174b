import type { Sky } from "./sky.ts";

/** The weather at one place, as every provider gives it and one page shows it. Figures are in the operator's units. */
export interface Weather {
  place: string;
  /** Who measured it. */
  credit: string;
  /** ISO 8601 with zone. */
  observedAt: string;
  /** The day it is there, `2026-04-01`. */
  today: string;
  sky: Sky;
  temperature: number;
  feelsLike: number | undefined;
  high: number | undefined;
  low: number | undefined;
  /** Percent. */
  humidity: number | undefined;
  /** Hectopascal. */
  pressure: number | undefined;
  /** Metres. */
  visibility: number | undefined;
  /** Percent of the sky. */
  clouds: number | undefined;
  windSpeed: number | undefined;
  /** Where it comes from, degrees from north. */
  windDegrees: number | undefined;
  windGust: number | undefined;
  /** Millimetres in the last hour. */
  rain: number | undefined;
  uvIndex: number | undefined;
  /** Local time, `06:12`. */
  sunrise: string | undefined;
  sunset: string | undefined;
  hours: Hour[];
  days: Day[];
}

/** One step of the forecast; `at` is local time, `14:00`. */
export interface Hour {
  at: string;
  temperature: number | null;
  /** Percent. */
  rainChance: number | null;
}

/** One day of the forecast; `date` is local, `2026-04-01`. */
export interface Day {
  date: string;
  sky: Sky;
  high: number;
  low: number;
  /** Percent. */
  rainChance: number | undefined;
}
