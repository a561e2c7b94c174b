export interface Moment {
  /** Now, milliseconds since 1970. */
  now: number;
  /** When the data was true, ISO 8601. */
  observedAt?: string | undefined;
  locale: string;
  timeZone: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** `Updated 14:05 · data of 13:58`; the second half only where it says something new. */
export function footerText(moment: Moment): string {
  const updated = `Updated ${clockText(moment.now, moment)}`;
  const observed = parse(moment.observedAt);
  if (observed === undefined || Math.abs(moment.now - observed) < 2 * MINUTE_MS) return updated;
  return `${updated} · data of ${clockText(observed, moment)}`;
}

/** `Data of 13:58, 3 h old`: what a viewer must know of data that was kept because the source failed. */
export function staleText(moment: Moment): string {
  const observed = parse(moment.observedAt);
  if (observed === undefined) return "No fresh data";
  return `Data of ${clockText(observed, moment)}, ${ageText(moment.now - observed)} old`;
}

/** `40 s`, `7 min`, `3 h`, `2 days`. */
export function ageText(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** The time of day, with the weekday when it is another day and the date when that is not this week. */
function clockText(at: number, { now, locale, timeZone }: Moment): string {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const isToday = dayOf(at, timeZone) === dayOf(now, timeZone);
  const day: Intl.DateTimeFormatOptions =
    Math.abs(now - at) < 6 * DAY_MS ? { weekday: "short" } : { day: "numeric", month: "short" };
  return formatter(locale, timeZone, isToday ? time : { ...day, ...time }).format(at);
}

function dayOf(at: number, timeZone: string): string {
  return formatter("en-CA", timeZone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** A locale or zone that the runtime does not know must not cost the picture; the configuration's check complains of it. */
function formatter(locale: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  }
}

function parse(iso: string | undefined): number | undefined {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
}
