/** What cannot be known, or is nothing. */
export const NOTHING = "-";

/** A whole number. */
export const figure = (value: number | null): string => (value === null ? NOTHING : String(Math.round(value)));

/** One decimal below ten. */
export const percent = (value: number | null): string => short(value);

/** A second. */
export const rate = (value: number | null): string =>
  value !== null && value >= 10_000 ? `${Math.round(value / 1_000)}k` : short(value);

/** `4.2M`, `812M`, `1.4G`: memory, in units of 1,024. */
export function mebibytes(mb: number | null): string {
  if (mb === null) return NOTHING;
  return mb < 1_000 ? `${short(mb)}M` : `${short(mb / 1_024)}G`;
}

function short(value: number | null): string {
  if (value === null) return NOTHING;
  if (value === 0) return "0";
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}
