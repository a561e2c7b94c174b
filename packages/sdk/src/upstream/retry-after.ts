/** Longer waits are not believed: a broken date would otherwise silence a source for years. */
const LONGEST_MS = 24 * 3_600_000;

/**
 * Milliseconds to wait by a `Retry-After` header, which is seconds or an HTTP date; `undefined` when it is absent or neither.
 *
 * @example
 * parseRetryAfter("120", Date.now()); // 120_000
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : httpDate(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_MS);
}

/** `Date.parse` takes almost anything (`"-1"` is a date to it), so the shape is checked first. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
}
