import { readdirSync } from "node:fs";
import { join } from "node:path";

/** One day's file in a metrics folder. */
export interface MetricsFile {
  path: string;
  /** The UTC day it is for begins and ends here, milliseconds since 1970. */
  beginsAt: number;
  endsAt: number;
}

const DAY_MS = 86_400_000; // A UTC day has no clock change.

const FILE_NAME = /^metrics-(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** The file for the UTC day of `timeMs`: `metrics-2026-11-21.jsonl`. */
export function metricsFileAt(folder: string, timeMs: number): MetricsFile {
  const beginsAt = Math.floor(timeMs / DAY_MS) * DAY_MS;
  const day = new Date(beginsAt).toISOString().slice(0, 10);
  return { path: join(folder, `metrics-${day}.jsonl`), beginsAt, endsAt: beginsAt + DAY_MS };
}

/** The files of a folder, oldest first. Anything with another name is none of ours. */
export function listMetricsFiles(folder: string): MetricsFile[] {
  const files: MetricsFile[] = [];
  for (const name of readdirSync(folder).sort()) {
    const beginsAt = Date.parse(FILE_NAME.exec(name)?.[1] ?? "");
    if (!Number.isNaN(beginsAt)) files.push(metricsFileAt(folder, beginsAt));
  }
  return files;
}

/** Whether everything in the file is older than `days` times 24 hours, so that nothing younger is ever removed. */
export function isOlderThan(file: MetricsFile, days: number, nowMs: number): boolean {
  return file.endsAt <= nowMs - days * DAY_MS;
}
