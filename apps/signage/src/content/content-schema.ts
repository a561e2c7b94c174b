import { SIGNAGE_LIMITS } from "@berth/contract";
import * as z from "zod";

const text = z.string().max(SIGNAGE_LIMITS.text);
const finite = z.number().refine(Number.isFinite, "must be a finite number");
const statusLevel = z.enum(["ok", "warn", "bad", "unknown"]);
const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #1e90ff");
const icon = z.string().regex(/^[a-z0-9-]{1,64}$/, "must be an icon name such as cloud-rain");

const headline = z.strictObject({
  value: text,
  unit: text.optional(),
  caption: text.optional(),
  icon: icon.optional(),
  trend: z.strictObject({ direction: z.enum(["up", "down", "flat"]), text }).optional(),
});

const stat = z.strictObject({
  label: text,
  value: text,
  unit: text.optional(),
  icon: icon.optional(),
  level: finite.min(0).max(1).optional(),
  status: statusLevel.optional(),
  angle: finite.optional(),
});

const point = z.strictObject({
  at: text,
  value: finite.nullable(),
  low: finite.optional(),
  icon: icon.optional(),
  status: statusLevel.optional(),
});
const series = z.strictObject({
  label: text,
  kind: z.enum(["line", "area", "bar"]),
  unit: text.optional(),
  points: z.array(point).max(SIGNAGE_LIMITS.points),
  baseline: finite.optional(),
});

const table = z.strictObject({
  title: text,
  columns: z.array(text).max(SIGNAGE_LIMITS.columns),
  rows: z.array(z.array(text).max(SIGNAGE_LIMITS.columns)).max(SIGNAGE_LIMITS.rows),
});

/** What a source may return; the bounds are {@link SIGNAGE_LIMITS}. */
export const contentSchema = z.strictObject({
  title: text,
  lines: z.array(text).max(SIGNAGE_LIMITS.lines),
  subtitle: text.optional(),
  headline: headline.optional(),
  stats: z.array(stat).max(SIGNAGE_LIMITS.stats).optional(),
  series: z.array(series).max(SIGNAGE_LIMITS.series).optional(),
  tables: z.array(table).max(SIGNAGE_LIMITS.tables).optional(),
  status: z.strictObject({ level: statusLevel, text }).optional(),
  accent: colour.optional(),
  layout: z.string().max(100).optional(),
  backgroundQuery: text.optional(),
  observedAt: z.iso.datetime({ offset: true }).optional(),
  notice: text.optional(),
  credit: text.optional(),
});
