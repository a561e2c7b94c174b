import type { SignageContent } from "@berth/contract";
import fc from "fast-check";

/** Texts as sources write them, and as they should not: empty, endless, of any script. */
const text = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("Seattle", "Humidity: 82 %", "09:30 Market", "1,234.56", "54", "weather_home", "kWh"),
  },
  { weight: 2, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 2, arbitrary: fc.lorem({ maxCount: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ minLength: 100, maxLength: 1_000 }) },
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const level = fc.constantFrom("ok", "warn", "bad", "unknown");
const icon = fc.constantFrom("cloud-rain", "sun", "no-such-icon", "");
const number = fc.oneof(
  fc.integer({ min: -50, max: 150 }),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.constantFrom(0, 1e-9, 1e15),
);

const point = fc.record(
  { at: text, value: fc.option(number, { nil: null, freq: 8 }), low: number, icon, status: level },
  { requiredKeys: ["at", "value"] },
);
const series = fc.record(
  {
    label: text,
    kind: fc.constantFrom("line", "area", "bar"),
    unit: fc.constantFrom("%", "°", "kilowatt-hours", "USD", ""),
    points: fc.array(point, { maxLength: 60 }),
    baseline: number,
  },
  { requiredKeys: ["label", "kind", "points"] },
);
const stat = fc.record(
  {
    label: text,
    value: text,
    unit: text,
    icon,
    level: fc.double({ min: -1, max: 2, noNaN: true }),
    angle: number,
    status: level,
  },
  { requiredKeys: ["label", "value"] },
);
const table = fc.record({
  title: text,
  columns: fc.array(text, { maxLength: 12 }),
  rows: fc.array(fc.array(text, { maxLength: 12 }), { maxLength: 30 }),
});
const trend = fc.record({ direction: fc.constantFrom("up", "down", "flat"), text });
const headline = fc.record({ value: text, unit: text, caption: text, icon, trend }, { requiredKeys: ["value"] });

/** Any content a source may return. */
export const randomContent = fc
  .record({
    title: text,
    lines: fc.array(text, { maxLength: 60 }),
    subtitle: maybe(text),
    headline: maybe(headline),
    stats: maybe(fc.array(stat, { maxLength: 20 })),
    series: maybe(fc.array(series, { maxLength: 5 })),
    tables: maybe(fc.array(table, { maxLength: 3 })),
    status: maybe(fc.record({ level, text })),
    accent: maybe(fc.constantFrom("#34d399", "#000000", "red", "#ffffff")),
    notice: maybe(text),
    credit: maybe(text),
  })
  .map((content) => JSON.parse(JSON.stringify(content)) as SignageContent);
