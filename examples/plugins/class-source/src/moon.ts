const DAY_MS = 86_400_000;
/** From new moon to new moon, on average. */
const MONTH_DAYS = 29.530588;
/** A new moon: 6 January 2000, 18:14 UTC. */
const NEW_MOON = Date.UTC(2000, 0, 6, 18, 14);

const NAMES = [
  "New moon",
  "Waxing crescent",
  "First quarter",
  "Waxing gibbous",
  "Full moon",
  "Waning gibbous",
  "Last quarter",
  "Waning crescent",
] as const;
const SIGNS = ["🌑", "🌒", "🌓", "🌔", "🌕", "🌖", "🌗", "🌘"] as const;

/** How far the month has gone: 0 is the new moon, 0.5 the full one. Right to about half a day. */
export function moonAge(now: number): number {
  const months = (now - NEW_MOON) / DAY_MS / MONTH_DAYS;
  return months - Math.floor(months);
}

/** What is seen of the moon at that age; in the south it stands on its head. */
export function phaseOf(age: number, isSouth: boolean): { name: string; sign: string; lit: number } {
  const index = Math.round(age * 8) % 8;
  return {
    name: NAMES[index] ?? NAMES[0],
    sign: SIGNS[isSouth ? (8 - index) % 8 : index] ?? SIGNS[0],
    lit: (1 - Math.cos(2 * Math.PI * age)) / 2,
  };
}
