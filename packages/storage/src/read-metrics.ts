import type { LogEntry } from "@berth/contract";
import { boundedLines } from "./bounded-lines.ts";
import { type MetricsFile, listMetricsFiles } from "./metrics-files.ts";
import { type RunMetrics, parseMetricsLine } from "./run-metrics.ts";
import { storageError } from "./storage-error.ts";

/** What to read of a metrics log. */
export interface ReadMetricsOptions {
  folder: string;
  /** Runs that began earlier are left out; milliseconds since 1970. Default: everything. */
  since?: number;
  /** Longer lines are left out; ours have at most some 30 KB. Default 64 KiB. */
  maxLineBytes?: number;
  signal?: AbortSignal;
  /** Told, once a file, how many lines could not be read. */
  log?: (entry: LogEntry) => void;
}

/**
 * The metrics of a folder in the order they were written, while others may go on writing. Torn and foreign lines are left out;
 * a folder that is not there has none. Throws `STORAGE_FAILED` when a file cannot be read.
 */
export async function* readMetrics(options: ReadMetricsOptions): AsyncGenerator<RunMetrics> {
  const since = options.since ?? Number.NEGATIVE_INFINITY;
  for (const file of filesOf(options.folder)) {
    if (file.endsAt > since) yield* metricsOf(file, since, options);
  }
}

async function* metricsOf(file: MetricsFile, since: number, options: ReadMetricsOptions): AsyncGenerator<RunMetrics> {
  const { maxLineBytes = 64 * 1024, signal, log } = options;
  let unreadable = 0;
  try {
    for await (const line of boundedLines(file.path, maxLineBytes, signal)) {
      const metrics = parseMetricsLine(line);
      if (metrics && Date.parse(metrics.started_at) >= since) yield metrics;
      if (!metrics && line.trim() !== "") unreadable++;
    }
  } catch (error) {
    signal?.throwIfAborted();
    // Removed as too old since the folder was listed.
    if (isMissing(error)) return;
    throw storageError("read metrics", file.path, error);
  }
  if (unreadable > 0) log?.({ level: "warn", message: `Left out ${unreadable} unreadable lines of ${file.path}` });
}

function filesOf(folder: string): MetricsFile[] {
  try {
    return listMetricsFiles(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw storageError("read metrics", folder, error);
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}
