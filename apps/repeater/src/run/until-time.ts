/**
 * The instant that `--until` names: a time of day (`18:00`, the next one to come), a date, or a date and time; by the local clock
 * unless it ends in a zone (`Z`, `+02:00`). `undefined` when it is none.
 */
export function parseUntil(text: string, nowMs: number): number | undefined {
  const time = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (time) return nextTimeOfDay(time.slice(1).map((part) => Number(part ?? 0)) as [number, number, number], nowMs);
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text))
    return undefined;
  // A date alone would be taken for midnight in UTC.
  const at = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T"));
  return Number.isNaN(at) ? undefined : at;
}

function nextTimeOfDay([hours, minutes, seconds]: [number, number, number], nowMs: number): number {
  const at = new Date(nowMs);
  at.setHours(hours, minutes, seconds, 0);
  if (at.getTime() <= nowMs) at.setDate(at.getDate() + 1);
  return at.getTime();
}
