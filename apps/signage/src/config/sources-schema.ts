import { nearest } from "@berth/base";
import { tracesSchema } from "@berth/kernel/config/telemetry";
import * as z from "zod";

/**
 * `sources.yaml`: what is shown, from where, how often and how. This schema is the only definition: the type, the JSON Schema
 * for editors and the reference page are made from it. Rules that look at several fields stand in `cross-checks.ts`.
 *
 * Importing this module loads zod; import types from `signage-config.ts` where no checking is done.
 */

const FILE_NAME = /^[a-zA-Z0-9_-]+$/;
const FIVE_PARTS = /^\s*\S+(?:\s+\S+){4}\s*$/;

/** From a small panel to 8K, upright or not; four bytes a pixel are held while a picture is drawn. */
const pixels = z.int().min(160).max(7_680);
const folder = z.string().min(1).max(1_000);
const key = z.string().max(500).optional();

const timezone = z
  .string()
  .superRefine((name, context) => {
    if (isTimeZone(name)) return;
    const example = nearest(name, Intl.supportedValuesOf("timeZone")) ?? "Europe/Berlin";
    context.addIssue({ code: "custom", message: `must be a time zone such as ${example}` });
  })
  .optional();

const locale = z
  .string()
  .refine(isLocale, "must be a language tag such as en-GB")
  .optional()
  .meta({ description: "Language of numbers and dates, such as en-GB; default: the machine's" });

const rendering = z
  .strictObject({
    layout: z
      .string()
      .min(1)
      .max(100)
      .default("default")
      .meta({ description: "The layout that draws it; default leaves the choice to the source" }),
    background: z.enum(["local", "unsplash", "pexels", "gradient"]).default("local").meta({
      description:
        "What lies behind: a file of backgrounds_dir, a photograph of a service, or a gradient, which is also what is used when the others have nothing",
    }),
    background_query: z.string().max(500).optional().meta({
      description:
        "For local, folders below backgrounds_dir, tried in order: weather/cloudy|weather; for the services, what to search for",
    }),
  })
  .meta({ description: "How it looks" });

const retry = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ description: "Whether a failed attempt is repeated" }),
    max_attempts: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .meta({ description: "Attempts of one run, the first one included" }),
    backoff_seconds: z
      .array(z.int().min(0).max(3_600))
      .max(10)
      .default([1, 2, 4])
      .meta({ description: "Seconds to wait after each failed attempt; the last one repeats" }),
  })
  .meta({ description: "What happens when an attempt fails" });

const fallback = z
  .strictObject({
    use_cached: z
      .boolean()
      .default(false)
      .meta({ description: "Whether the last good data is shown when a run failed, with its age" }),
    max_age_hours: z
      .int()
      .min(1)
      .max(168)
      .default(24)
      .meta({ description: "How old that data may be, in hours; a week at most" }),
  })
  .meta({ description: "What is shown when a run failed" });

const source = z
  .strictObject({
    id: z
      .string()
      .max(100)
      .regex(FILE_NAME, "must have only letters, digits, _ and -, such as weather_home")
      .meta({ description: "Its name, unlike any other's; the picture is named for it" }),
    type: z.string().min(1).max(100).meta({ description: "The kind of source, such as weather" }),
    enabled: z.boolean().default(true).meta({ description: "Whether it runs" }),
    schedule: z
      .string()
      .max(200)
      .regex(FIVE_PARTS, "must be a cron expression of exactly 5 parts: min, hour, day, month, dow")
      .meta({ description: "When it runs: a cron expression of 5 parts, min, hour, day, month, dow" }),
    timezone: timezone.meta({ description: "The time zone of its schedule and its times; default: the file's" }),
    timeout: z.int().min(1).max(300).default(30).meta({ description: "Seconds one attempt may take" }),
    config: z
      .record(z.string(), z.json())
      .default({})
      .meta({ description: "What the kind of source wants to know; checked by its own schema" }),
    rendering: rendering.prefault({}),
    retry: retry.prefault({}),
    fallback: fallback.prefault({}),
  })
  .meta({ description: "One source" });

const profile = z
  .strictObject({
    name: z
      .string()
      .max(100)
      .regex(FILE_NAME, "must have only letters, digits, _ and -, such as bedroom_hd")
      .meta({ description: "Its name, unlike any other profile's" }),
    width: pixels.meta({ description: "Width, pixels" }),
    height: pixels.meta({ description: "Height, pixels" }),
    dir: folder
      .optional()
      .meta({ description: "Where its pictures go; default: a folder of its name inside output.dir" }),
  })
  .meta({ description: "One more size of every picture" });

const output = z
  .strictObject({
    dir: folder.default("output").meta({ description: "Where the pictures go, relative to the working directory" }),
    width: pixels.default(3_840).meta({ description: "Width, pixels" }),
    height: pixels.default(2_160).meta({ description: "Height, pixels" }),
    profiles: z.array(profile).max(16).default([]).meta({ description: "More sizes, each in a folder of its own" }),
    archive_keep: z.int().min(0).max(1_000).default(5).meta({ description: "Earlier pictures kept of each source" }),
  })
  .meta({ description: "The pictures" });

const breaker = z
  .strictObject({
    failure_threshold: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .meta({ description: "Failed runs in a row after which a source is left alone for a while" }),
  })
  .meta({ description: "When a failing source is left alone: for 1, 2, 4, 8 … 30 minutes" });

/** The schema of `sources.yaml`. */
export const sourcesSchema = z
  .strictObject({
    version: z.literal(1).default(1).meta({ description: "The form of this file" }),
    sources: z.array(source).max(1_000).meta({ description: "What is shown" }),
    output: output.prefault({}),
    timezone: timezone.meta({
      description: "The time zone of schedules and times, such as Europe/Berlin; default: the machine's",
    }),
    locale,
    width: z.int().min(1).max(64).default(4).meta({ description: "Sources that run at the same time" }),
    fonts: z.array(folder).max(16).default([]).meta({
      description:
        "Font files for scripts that Inter does not have, such as Noto Sans CJK; the first that has a sign draws it",
    }),
    backgrounds_dir: folder
      .default("backgrounds")
      .meta({ description: "Folder of background pictures, relative to the working directory" }),
    unsplash_key: key.meta({
      description: "Access key of Unsplash, as a reference: ${UNSPLASH_API_KEY}",
      secret: true,
    }),
    pexels_key: key.meta({ description: "Key of Pexels, as a reference: ${PEXELS_API_KEY}", secret: true }),
    breaker: breaker.prefault({}),
    tracing: tracesSchema.optional().meta({
      description:
        "Spans of runs, requests and pictures, unless berth.yaml says where they go; exporter: console if left out",
    }),
  })
  .meta({ title: "Berth signage sources", description: "sources.yaml: what is shown, from where, how often and how" });

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
