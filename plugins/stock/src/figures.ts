const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const SIZES = [
  { from: 999_950_000, by: 1_000_000_000, sign: "B" },
  { from: 999_950, by: 1_000_000, sign: "M" },
  { from: 9_999.5, by: 1_000, sign: "k" },
] as const;

/** Two decimals, four for a price below one, thousands apart: `1,234.50`, `0.0312`. */
export function price(value: number): string {
  return grouped(fixed(value, Math.abs(value) < 1 ? 4 : 2));
}

/** `+1.23` or `−0.42`, with a real minus sign. */
export function signed(value: number, decimals: number): string {
  const text = grouped(fixed(Math.abs(value), decimals));
  return value < 0 && Number(text.replaceAll(",", "")) > 0 ? `−${text}` : `+${text}`;
}

/** A whole number, thousands apart. */
export function amount(value: number): string {
  return grouped(value.toFixed(0));
}

/** `48.2 M`. */
export function compact(value: number): string {
  const size = SIZES.find(({ from }) => value >= from);
  return size ? `${(value / size.by).toFixed(1)} ${size.sign}` : amount(value);
}

/** `1 Apr`, of `2026-04-01`. */
export function dayName(day: string): string {
  const [, month, date] = day.split("-");
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? month}`;
}

/** Rounds the decimal figure, as an exchange writes it: 1.535 is 1.54, though the binary number is a little less. */
function fixed(value: number, decimals: number): string {
  const rounded = Math.round(Number(`${value}e${decimals}`));
  return Number.isNaN(rounded) ? value.toFixed(decimals) : (rounded / 10 ** decimals).toFixed(decimals);
}

function grouped(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const apart = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}
