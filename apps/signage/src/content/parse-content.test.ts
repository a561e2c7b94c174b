import { SIGNAGE_LIMITS, type SignageContent } from "@berth/contract";
import { expect, test } from "vitest";
import type * as z from "zod";
import type { contentSchema } from "./content-schema.ts";
import { parseContent } from "./parse-content.ts";

const full: SignageContent = {
  title: "Seattle",
  lines: ["12 °C"],
  subtitle: "Rain",
  headline: { value: "12", unit: "°C", icon: "cloud-rain", trend: { direction: "up", text: "+1" } },
  stats: [{ label: "Humidity", value: "80", unit: "%", level: 0.8, status: "ok" }],
  series: [
    {
      label: "Today",
      kind: "area",
      points: [
        { at: "14:00", value: 12 },
        { at: "15:00", value: null },
      ],
      baseline: 10,
    },
  ],
  tables: [{ title: "Days", columns: ["day"], rows: [["Mon"]] }],
  status: { level: "ok", text: "fine" },
  accent: "#1e90ff",
  layout: "modern_weather",
  backgroundQuery: "weather/cloudy",
  observedAt: "2026-11-21T09:00:00Z",
  notice: "old",
  credit: "Open-Meteo",
};

test("parseContent keeps every part of content and gives nothing more [SIG-16]", () => {
  expect(parseContent("home", full)).toEqual(full);
  expect(Object.keys(parseContent("home", { title: "a", lines: [], subtitle: undefined }))).toEqual(["title", "lines"]);
});

test.each([
  ["nothing", undefined, "CONTRACT_BROKEN", "content: Invalid input"],
  ["text", "hello", "CONTRACT_BROKEN", "content: Invalid input"],
  ["content without lines", { title: "a" }, "CONTRACT_BROKEN", "lines: Invalid input"],
  ["an unknown part", { title: "a", lines: [], html: "<b>" }, "CONTRACT_BROKEN", 'Unrecognized key: "html"'],
  [
    "a colour that is an address",
    { title: "a", lines: [], accent: "url(x)" },
    "CONTRACT_BROKEN",
    "accent: must be a colour",
  ],
  [
    "an icon that is a path",
    { title: "a", lines: [], headline: { value: "1", icon: "../x" } },
    "CONTRACT_BROKEN",
    "icon name",
  ],
  [
    "an infinite value",
    { title: "a", lines: [], stats: [{ label: "x", value: "1", level: Infinity }] },
    "CONTRACT_BROKEN",
    "level",
  ],
  [
    "a time without zone",
    { title: "a", lines: [], observedAt: "2026-11-21T09:00:00" },
    "CONTRACT_BROKEN",
    "observedAt",
  ],
])("parseContent refuses %s and names the place", (_what, answer, code, message) => {
  expect(() => parseContent("home", answer)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test("parseContent holds every limit of the content model", () => {
  const tooMuch: SignageContent[] = [
    { title: "x".repeat(SIGNAGE_LIMITS.text + 1), lines: [] },
    { title: "a", lines: Array.from({ length: SIGNAGE_LIMITS.lines + 1 }, () => "x") },
    {
      title: "a",
      lines: [],
      stats: Array.from({ length: SIGNAGE_LIMITS.stats + 1 }, () => ({ label: "l", value: "v" })),
    },
    {
      title: "a",
      lines: [],
      series: Array.from({ length: SIGNAGE_LIMITS.series + 1 }, () => ({ label: "l", kind: "line", points: [] })),
    },
    {
      title: "a",
      lines: [],
      series: [
        {
          label: "l",
          kind: "bar",
          points: Array.from({ length: SIGNAGE_LIMITS.points + 1 }, () => ({ at: "", value: 1 })),
        },
      ],
    },
    {
      title: "a",
      lines: [],
      tables: Array.from({ length: SIGNAGE_LIMITS.tables + 1 }, () => ({ title: "", columns: [], rows: [] })),
    },
    {
      title: "a",
      lines: [],
      tables: [{ title: "", columns: [], rows: Array.from({ length: SIGNAGE_LIMITS.rows + 1 }, () => []) }],
    },
    {
      title: "a",
      lines: [],
      tables: [{ title: "", columns: Array.from({ length: SIGNAGE_LIMITS.columns + 1 }, () => ""), rows: [] }],
    },
  ];
  for (const content of tooMuch) {
    expect(() => parseContent("home", content)).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  }
});

type Loose<T> = T extends (infer Item)[]
  ? Loose<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Loose<T[Key] | undefined> }
    : T;
type Exact<A, B> = [A, B] extends [B, A] ? true : never;

test("contentSchema and the contract have the same parts: the compiler refuses this line otherwise", () => {
  const fits: Exact<Loose<z.input<typeof contentSchema>>, Loose<SignageContent>> = true;
  expect(fits).toBe(true);
});
