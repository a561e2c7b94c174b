const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** `14:05`, at a place so many seconds east of Greenwich. */
export function clockTime(epochSeconds: number, offsetSeconds: number): string {
  return at(epochSeconds, offsetSeconds).toISOString().slice(11, 16);
}

/** `2026-04-01`, at that place. */
export function localDate(epochSeconds: number, offsetSeconds: number): string {
  return at(epochSeconds, offsetSeconds).toISOString().slice(0, 10);
}

/** ISO 8601 in UTC. */
export function isoTime(epochSeconds: number): string {
  return at(epochSeconds, 0).toISOString();
}

/** `Wed`, of a date such as `2026-04-01`. */
export function weekday(date: string): string {
  const day = new Date(`${date}T00:00:00Z`).getUTCDay();
  return DAYS[day] ?? date;
}

/** `+05:30`. */
export function offsetText(offsetSeconds: number): string {
  const minutes = Math.round(Math.abs(offsetSeconds) / 60);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${offsetSeconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Times outside what a date can hold would throw; a service that sends one is wrong, not fatal. */
function at(epochSeconds: number, offsetSeconds: number): Date {
  const ms = (epochSeconds + offsetSeconds) * 1_000;
  return new Date(Math.abs(ms) <= 8.64e15 ? ms : 0);
}
