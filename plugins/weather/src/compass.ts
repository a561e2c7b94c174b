const POINTS = [
  "N",
  "NNE",
  "NE",
  "ENE",
  "E",
  "ESE",
  "SE",
  "SSE",
  "S",
  "SSW",
  "SW",
  "WSW",
  "W",
  "WNW",
  "NW",
  "NNW",
] as const;

/**
 * The nearest of the sixteen points of the compass.
 *
 * @example
 * compassPoint(350); // "N"
 */
export function compassPoint(degrees: number): string {
  const turn = ((degrees % 360) + 360) % 360;
  return POINTS[Math.round(turn / 22.5) % POINTS.length]!;
}
