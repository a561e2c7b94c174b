/**
 * The one content model of signage: what a source returns and every layout takes, so that any source can be shown by any layout.
 * Only `title` and `lines` are required; the richer parts are drawn by layouts that know them and left out by the others.
 * All of it is JSON. Bounds are enforced by the host ({@link SIGNAGE_LIMITS}).
 */
export interface SignageContent {
  /** The heading, such as `Seattle`. */
  title: string;
  /** What a plain text layout draws, one entry a line; their number is the run's `dataPoints`. */
  lines: string[];
  /** A second heading, such as `Light rain`. */
  subtitle?: string;
  /** The one figure to be read across the room. */
  headline?: Headline;
  /** Smaller figures, most important first. */
  stats?: Stat[];
  /** Histories and forecasts to be drawn as charts, most important first. */
  series?: Series[];
  /** Lists, such as the processes that use most memory. */
  tables?: Table[];
  /** A judgement over the whole, such as HEALTHY. */
  status?: Status;
  /** Colour of accents, `#rrggbb`. */
  accent?: string;
  /** The layout the source was made for; the operator's `rendering.layout` wins over it. */
  layout?: string;
  /** What the background should show, such as `weather/cloudy`; the operator's `rendering.background_query` wins over it. */
  backgroundQuery?: string;
  /** When the data was true, ISO 8601 with zone. Default: the moment of the fetch. */
  observedAt?: string;
  /** A sentence the viewer must see, such as `Vehicle asleep, data of 07:10`. */
  notice?: string;
  /** Where the data is from, such as `Open-Meteo`; shown small. */
  credit?: string;
}

/** A large figure. */
export interface Headline {
  value: string;
  unit?: string;
  caption?: string;
  /** A Lucide icon name, such as `cloud-rain`. */
  icon?: string;
  trend?: { direction: "up" | "down" | "flat"; text: string };
}

/** A labelled figure. */
export interface Stat {
  label: string;
  value: string;
  unit?: string;
  icon?: string;
  /** A share of a whole, 0 to 1, drawn as a gauge. */
  level?: number;
  /** A direction in degrees clockwise from north, such as where the wind comes from; drawn as a compass needle. */
  angle?: number;
  status?: StatusLevel;
}

/** A row of numbers over time or over categories. */
export interface Series {
  label: string;
  kind: "line" | "area" | "bar";
  unit?: string;
  points: SeriesPoint[];
  /** A line of reference, such as yesterday's close. */
  baseline?: number;
}

/** One value; `at` is the text on the axis, such as `14:00`, and `null` leaves a gap. */
export interface SeriesPoint {
  at: string;
  value: number | null;
  /** Where a point is a range, such as a day's temperatures, its lower end; `value` is the upper. */
  low?: number;
  /** A Lucide icon name, drawn with the point where there is room. */
  icon?: string;
  status?: StatusLevel;
}

/** A small table of text. */
export interface Table {
  title: string;
  columns: string[];
  rows: string[][];
}

/** A judgement with its words. */
export interface Status {
  level: StatusLevel;
  text: string;
}

/** Good, needs a look, broken, or not known. */
export type StatusLevel = "ok" | "warn" | "bad" | "unknown";

/** The most that content may hold; more is `LIMIT_EXCEEDED`. Characters, or entries of a list. */
export const SIGNAGE_LIMITS = {
  text: 1_000,
  lines: 200,
  stats: 48,
  series: 12,
  points: 2_000,
  tables: 8,
  rows: 100,
  columns: 12,
} as const;
