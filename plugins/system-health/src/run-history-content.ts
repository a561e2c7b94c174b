import type { Headline, Series, SignageContent, Stat, Table } from "@berth/sdk";
import { milliseconds, ratePercent } from "./format.ts";
import { bandOf, type JobRuns, overallRate, type RunHistory, sum } from "./run-history.ts";
import type { TimeLabels } from "./time-labels.ts";

/** How it is to be shown. */
export interface RunHistoryView {
  title: string;
  periodMs: number;
  labels: TimeLabels;
  now: number;
}

const ACCENTS = { ok: "#34d399", warn: "#fbbf24", bad: "#f87171", unknown: "#94a3b8" } as const;
const MOST_ROWS = 20;
const HOUR_MS = 3_600_000;

/** What is shown of the host's runs. */
export function runHistoryContent(history: RunHistory, view: RunHistoryView): SignageContent {
  const rate = overallRate(history.jobs);
  const status = bandOf(rate);
  const period = `the last ${periodText(view.periodMs)}`;
  return {
    title: view.title,
    subtitle: rate === undefined ? "Waiting for the first run" : `${history.jobs.length} sources, ${period}`,
    lines: lines(history.jobs, rate, period),
    headline: headline(history.jobs, rate, period),
    stats: stats(history.jobs),
    series: series(history, view),
    tables: tables(history.jobs, view),
    status,
    accent: ACCENTS[status.level],
    layout: "modern_system",
    backgroundQuery: "system",
    observedAt: new Date(view.now).toISOString(),
    credit: "Run history of this host",
  };
}

function headline(jobs: readonly JobRuns[], rate: number | undefined, period: string): Headline {
  if (rate === undefined) return { value: "–", caption: `No runs in ${period}`, icon: "hourglass" };
  const judged = sum(jobs, ({ runs, skipped }) => runs - skipped);
  return {
    ...ratePercent(rate),
    caption: `of ${judged} runs in ${period}`,
    icon: rate === 1 ? "circle-check" : "activity",
  };
}

function stats(jobs: readonly JobRuns[]): Stat[] {
  const failed = sum(jobs, (job) => job.failed);
  const cached = sum(jobs, (job) => job.cached);
  const ailing = jobs.filter(({ successRate }) => successRate !== undefined && bandOf(successRate).level !== "ok");
  const slowest = jobs.toSorted((a, b) => (b.p95Ms ?? 0) - (a.p95Ms ?? 0))[0];
  const found: (Stat | undefined)[] = [
    { label: "Runs", icon: "play", value: String(sum(jobs, ({ runs }) => runs)) },
    { label: "Failed", icon: "circle-x", value: String(failed), status: failed > 0 ? "warn" : "ok" },
    { label: "From cache", icon: "archive", value: String(cached), status: cached > 0 ? "warn" : "ok" },
    { label: "Skipped", icon: "skip-forward", value: String(sum(jobs, ({ skipped }) => skipped)) },
    {
      label: "Sources that ail",
      icon: "heart-pulse",
      value: String(ailing.length),
      status: ailing.length > 0 ? "warn" : "ok",
    },
    slowest?.p95Ms === undefined
      ? undefined
      : { label: `Slowest, ${slowest.job}`, icon: "timer", value: milliseconds(slowest.p95Ms), unit: "p95" },
  ];
  return found.filter((entry) => entry !== undefined);
}

function series({ buckets, jobs }: RunHistory, { labels, periodMs }: RunHistoryView): Series[] {
  if (buckets.length < 2 || jobs.length === 0) return [];
  const at = (moment: number): string => labels.label(moment, periodMs);
  const all: Series[] = [
    {
      label: "Succeeded",
      kind: "bar",
      points: buckets.map((bucket) => ({ at: at(bucket.at), value: bucket.succeeded, status: "ok" })),
    },
    {
      label: "Failed",
      kind: "bar",
      points: buckets.map((bucket) => ({ at: at(bucket.at), value: bucket.failed, status: "bad" })),
    },
  ];
  return all;
}

/** Those that ail come first. */
function tables(jobs: readonly JobRuns[], { labels, periodMs }: RunHistoryView): Table[] {
  if (jobs.length === 0) return [];
  const rows = jobs
    .toSorted((a, b) => (a.successRate ?? 2) - (b.successRate ?? 2) || a.job.localeCompare(b.job))
    .slice(0, MOST_ROWS)
    .map((job) => [
      job.job.slice(0, 80),
      job.successRate === undefined ? "–" : rateText(job.successRate),
      String(job.runs),
      job.lastRunAt === undefined ? "–" : labels.label(job.lastRunAt, periodMs),
      bandOf(job.successRate).text,
      job.p50Ms === undefined ? "–" : milliseconds(job.p50Ms),
      (job.successRate === 1 ? "" : (job.lastError ?? "")).replace(/\s+/g, " ").slice(0, 160),
    ]);
  return [
    { title: "Sources", columns: ["Source", "Success", "Runs", "Last run", "State", "Median", "Last error"], rows },
  ];
}

function lines(jobs: readonly JobRuns[], rate: number | undefined, period: string): string[] {
  if (rate === undefined) return ["Waiting for the first run", `No runs in ${period}`];
  const judged = sum(jobs, ({ runs, skipped }) => runs - skipped);
  return [
    bandOf(rate).text,
    `${rateText(rate)} of ${judged} runs in ${period} succeeded`,
    ...jobs
      .toSorted((a, b) => (a.successRate ?? 2) - (b.successRate ?? 2) || a.job.localeCompare(b.job))
      .slice(0, MOST_ROWS)
      .map(
        (job) =>
          `${job.job.slice(0, 80)}: ${bandOf(job.successRate).text}${job.successRate === undefined ? "" : `, ${rateText(job.successRate)} of ${job.runs - job.skipped}`}`,
      ),
  ];
}

function rateText(rate: number): string {
  const { value, unit } = ratePercent(rate);
  return `${value} ${unit}`;
}

/** Hours up to two days, then days. */
function periodText(periodMs: number): string {
  const hours = Math.round(periodMs / HOUR_MS);
  return hours <= 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
