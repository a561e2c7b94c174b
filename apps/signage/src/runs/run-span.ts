import { HostError } from "@berth/contract";
import type { Host } from "@berth/host";
import type { SourceRun } from "./source-run.ts";

/** What of a host a run is traced by. */
export type RunTelemetry = Pick<Host["telemetry"], "scope" | "tracer">;

/** Which run it is. */
export interface RunFacts extends Pick<SourceRun, "id" | "type" | "trigger" | "correlationId"> {}

/**
 * Makes a run, so that its log lines bear its correlation id; where the host traces, in a span that says of which source it is and what
 * came of it.
 */
export function runInSpan(
  telemetry: RunTelemetry | undefined,
  { id, type, trigger, correlationId }: RunFacts,
  work: () => Promise<SourceRun>,
): Promise<SourceRun> {
  if (telemetry === undefined) return work();
  const { scope, tracer } = telemetry;
  if (tracer === undefined) return scope.run({ correlationId }, work);
  const attributes = {
    "berth.source.id": id,
    "berth.source.type": type,
    "berth.trigger": trigger,
    "berth.correlation_id": correlationId,
  };
  return scope.run({ correlationId }, async () => {
    const span = tracer.begin(`execute source/${type}`, { attributes });
    try {
      const run = await scope.run({ correlationId, span }, work);
      if (span.isRecording) span.set(outcomeOf(run));
      const isFailed = run.outcome === "failed" || run.outcome === "cached";
      span.end(isFailed && run.error ? new HostError(run.error.code, run.error.message) : undefined);
      return run;
    } catch (error) {
      span.end(error);
      throw error;
    }
  });
}

function outcomeOf({ outcome, durationMs, dataPoints, attempts, pictures }: SourceRun) {
  return {
    "berth.success": outcome === "success" || outcome === "skipped",
    "berth.outcome": outcome,
    "berth.duration_ms": Math.round(durationMs * 1_000) / 1_000,
    "berth.data_points": dataPoints,
    "berth.attempts": attempts,
    "berth.pictures": pictures.length,
  };
}
