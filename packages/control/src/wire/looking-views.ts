import { LOG_LEVELS } from "@berth/contract";
import * as z from "zod";

/** What a host says of plugins that somebody looks into: profiles, heap snapshots, log lines. */

const text = z.string().max(65_536);
const name = z.string().min(1).max(200);

export const logLevel = z.enum(LOG_LEVELS);

/** What was taken of a plugin; the bytes themselves came over the stream. */
export const inspectionView = z.object({
  plugin: name,
  version: name,
  generation: z.int(),
  tier: name,
  /** Address of the code beside the plugin's, as frames name it. */
  guest: text,
  bytes: z.int(),
});

/** Which lines of a plugin are kept. */
export const logLevelView = z.object({
  level: logLevel,
  configured: logLevel,
  /** When it goes back to that. */
  until: z.number().optional(),
});

/** A line of the log; `time` in milliseconds since 1970. */
export const logLineView = z.object({
  time: z.number(),
  level: logLevel,
  source: text,
  message: text,
  fields: z.record(z.string(), z.json()).optional(),
  correlationId: text.optional(),
  traceId: name.optional(),
  spanId: name.optional(),
  /** Lines before it that whoever follows was too slow for. */
  lost: z.int().optional(),
});

export const logLines = z.object({ lines: z.array(logLineView) });

export type InspectionView = z.output<typeof inspectionView>;
export type LogLevelView = z.output<typeof logLevelView>;
export type LogLineView = z.output<typeof logLineView>;
