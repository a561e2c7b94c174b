import type { RunRecord } from "../run/run-record.ts";

/** The document of one run, on one line. Its text is escaped by JSON itself. */
export function recordJson({ startedAt, durationMs, ...rest }: RunRecord): string {
  const document = {
    version: 1,
    ...rest,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(durationMs * 1_000) / 1_000,
  };
  return `${JSON.stringify(document)}\n`;
}
