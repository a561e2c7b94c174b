/** The systems of units, as OpenWeatherMap names them. */
export const UNIT_SYSTEMS = ["imperial", "metric", "standard"] as const;

/** One of {@link UNIT_SYSTEMS}. */
export type UnitSystem = (typeof UNIT_SYSTEMS)[number];

/** How figures are written. */
export interface Units {
  temperature: string;
  speed: string;
  /** From metres. */
  visibility: (metres: number) => { value: string; unit: string };
  /** From millimetres. */
  rain: (millimetres: number) => { value: string; unit: string };
}

const METRES_PER_MILE = 1_609.344;
const MILLIMETRES_PER_INCH = 25.4;

const metricLengths: Pick<Units, "visibility" | "rain"> = {
  visibility: (metres) => ({ value: short(metres / 1_000), unit: "km" }),
  rain: (millimetres) => ({ value: short(millimetres), unit: "mm" }),
};

/** By system. Upstream sends lengths in metres and millimetres whatever the system. */
export const UNITS: Readonly<Record<UnitSystem, Units>> = {
  imperial: {
    temperature: "°F",
    speed: "mph",
    visibility: (metres) => ({ value: short(metres / METRES_PER_MILE), unit: "mi" }),
    rain: (millimetres) => ({ value: (millimetres / MILLIMETRES_PER_INCH).toFixed(2), unit: "in" }),
  },
  metric: { temperature: "°C", speed: "m/s", ...metricLengths },
  standard: { temperature: "K", speed: "m/s", ...metricLengths },
};

/** A whole number; a temperature just below zero is `0`, not `-0`. */
export function whole(value: number): string {
  return String(Math.round(value) || 0);
}

/** One decimal below ten, none above. */
export function short(value: number): string {
  return Math.abs(value) < 9.95 ? String(Number(value.toFixed(1))) : whole(value);
}
