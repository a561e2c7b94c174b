import type { Run } from "@berth/storage";
import type { MetricFamily, MetricSample } from "@berth/telemetry/metrics";
import type { NamedCount } from "./host-counts.ts";
import { counter, gauge, one } from "./families.ts";

const MS_PER_S = 1_000;

/** What jobs came to: of whatever application, since the host began. */
export function jobFamilies(runs: readonly NamedCount[], latest: (job: string) => Run | undefined): MetricFamily[] {
  const last = [...new Set(runs.map(({ name }) => name))].flatMap((job) => latest(job) ?? []);
  const each = (value: (run: Run) => number | undefined): MetricSample[] =>
    last.flatMap((run) => {
      const known = value(run);
      return known === undefined ? [] : [one(known, { job_id: run.job, type: run.type })];
    });
  return [
    counter(
      "berth_job_runs_total",
      "Runs of each job, by how they ended.",
      runs.map(({ name, outcome, count }) => one(count, { job_id: name, outcome })),
    ),
    gauge(
      "berth_job_last_run_timestamp_seconds",
      "When the last run of each job began, seconds since 1970.",
      each(({ startedAt }) => startedAt / MS_PER_S),
    ),
    gauge(
      "berth_job_last_run_duration_seconds",
      "How long the last run took.",
      each(({ durationMs }) => durationMs / MS_PER_S),
    ),
    gauge(
      "berth_job_last_run_success",
      "Whether the last run made something new, or had nothing to make.",
      each(({ outcome }) => Number(outcome === "success" || outcome === "skipped")),
    ),
    gauge(
      "berth_job_last_run_lateness_seconds",
      "How long after its time the last scheduled run began.",
      each(({ slot, startedAt }) => (slot === undefined ? undefined : Math.max(0, startedAt - slot) / MS_PER_S)),
    ),
    gauge(
      "berth_job_last_run_data_points",
      "How much the last run brought.",
      each(({ dataPoints }) => dataPoints),
    ),
  ];
}

/** How one way of calls into a plugin stands. */
export interface EndpointFigures {
  /** Which plugin or job it leads to: `source/weather (home)`. */
  endpoint: string;
  breaker: "closed" | "open" | "half-open";
  queued: number;
  inFlight: number;
  retries: number;
  cached: number;
  refused: number;
}

const BREAKER_STATES = ["closed", "half-open", "open"] as const;

/** How the ways of calls stand: breakers, queues, answers from the cache. */
export function endpointFamilies(figures: readonly EndpointFigures[]): MetricFamily[] {
  const each = (value: (figure: EndpointFigures) => number): MetricSample[] =>
    figures.map((figure) => one(value(figure), { endpoint: figure.endpoint }));
  return [
    gauge(
      "berth_endpoint_breaker_state",
      "The state of the breaker: 1 for the one it has.",
      figures.flatMap(({ endpoint, breaker }) =>
        BREAKER_STATES.map((state) => one(Number(state === breaker), { endpoint, state })),
      ),
    ),
    gauge(
      "berth_endpoint_calls_queued",
      "Calls that wait for a place.",
      each(({ queued }) => queued),
    ),
    gauge(
      "berth_endpoint_calls_in_flight",
      "Calls that have a place.",
      each(({ inFlight }) => inFlight),
    ),
    counter(
      "berth_endpoint_retries_total",
      "Attempts after the first.",
      each(({ retries }) => retries),
    ),
    counter(
      "berth_endpoint_cached_answers_total",
      "Calls that were answered by an earlier answer.",
      each(({ cached }) => cached),
    ),
    counter(
      "berth_endpoint_refused_calls_total",
      "Calls that an open breaker or a full queue refused.",
      each(({ refused }) => refused),
    ),
  ];
}
