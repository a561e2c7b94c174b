import type { Headline, Series, SignageContent, Stat, Status, Table } from "@berth/sdk";
import type { Activity, CommitTime } from "./activity.ts";
import { type Calendar, dayName } from "./calendar.ts";

/** How it is to be shown. */
export interface ActivityView {
  title: string | undefined;
  weeks: number;
  calendar: Calendar;
  now: number;
}

const WEEK_DAYS = 7;
const MOST_AUTHORS = 6;
const MOST_SHOWN = 10;

/** What is shown of a repository. */
export function activityContent(activity: Activity, view: ActivityView): SignageContent {
  const perDay = commitsPerDay(activity.commits, view);
  const status = statusOf(activity);
  return {
    title: view.title ?? activity.name,
    subtitle: activity.branch === undefined ? "No branch checked out" : `Branch ${activity.branch}`,
    lines: lines(activity, perDay, view),
    headline: headline(activity, perDay),
    stats: stats(activity, perDay, view),
    series: series(perDay, view),
    tables: tables(activity, view),
    ...(status ? { status } : {}),
    accent: "#fb923c",
    layout: "modern_system",
    backgroundQuery: "git",
    observedAt: new Date(view.now).toISOString(),
    credit: "git",
    ...(activity.isShallow ? { notice: "Only a part of the history is here (shallow clone)" } : {}),
  };
}

/** Commits of each day of the period, oldest first. */
function commitsPerDay(
  commits: readonly CommitTime[],
  { weeks, calendar, now }: ActivityView,
): [day: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { at } of commits) counts.set(calendar.dayOf(at), (counts.get(calendar.dayOf(at)) ?? 0) + 1);
  return calendar.lastDays(weeks * WEEK_DAYS, now).map((day) => [day, counts.get(day) ?? 0]);
}

function statusOf({ changedFiles, total }: Activity): Status | undefined {
  if (total === 0) return { level: "unknown", text: "NO COMMITS YET" };
  if (changedFiles === undefined) return undefined;
  if (changedFiles === 0) return { level: "ok", text: "CLEAN" };
  return { level: "warn", text: `${changedFiles} ${plural(changedFiles, "FILE", "FILES")} CHANGED` };
}

function headline({ total }: Activity, perDay: readonly [string, number][]): Headline {
  if (total === 0) return { value: "0", caption: "No commits yet", icon: "git-commit-horizontal" };
  const thisWeek = sumOf(perDay.slice(-WEEK_DAYS));
  const caption = `${plural(thisWeek, "commit", "commits")} in 7 days`;
  const plain: Headline = { value: String(thisWeek), caption, icon: "git-commit-horizontal" };
  if (perDay.length < 2 * WEEK_DAYS) return plain;
  const difference = thisWeek - sumOf(perDay.slice(-2 * WEEK_DAYS, -WEEK_DAYS));
  const direction = difference > 0 ? "up" : difference < 0 ? "down" : "flat";
  const text =
    difference === 0 ? "as the week before" : `${difference > 0 ? "+" : "−"}${Math.abs(difference)} on the week before`;
  return { ...plain, trend: { direction, text } };
}

function stats(activity: Activity, perDay: readonly [string, number][], { weeks, calendar }: ActivityView): Stat[] {
  const { branch, changedFiles, ahead, behind, lines, total, last } = activity;
  const period = weeks === 1 ? "1 week" : `${weeks} weeks`;
  const found: (Stat | undefined)[] = [
    { label: `Commits, ${period}`, icon: "git-commit-horizontal", value: String(sumOf(perDay)) },
    { label: `Authors, ${period}`, icon: "users", value: String(authors(activity.commits).length) },
    lines && { label: "Lines added", icon: "plus", value: `+${grouped(lines.added)}` },
    lines && { label: "Lines removed", icon: "minus", value: `−${grouped(lines.removed)}` },
    branch === undefined ? undefined : { label: "Branch", icon: "git-branch", value: branch.slice(0, 40) },
    changedFiles === undefined
      ? undefined
      : {
          label: "Files changed",
          icon: "file-pen",
          value: grouped(changedFiles),
          status: changedFiles === 0 ? "ok" : "warn",
        },
    ahead === undefined
      ? undefined
      : { label: "Not pushed", icon: "upload", value: String(ahead), status: ahead === 0 ? "ok" : "warn" },
    behind === undefined
      ? undefined
      : { label: "Not pulled", icon: "download", value: String(behind), status: behind === 0 ? "ok" : "warn" },
    last[0] && { label: "Last commit", icon: "clock", value: calendar.moment(last[0].at) },
    total === undefined ? undefined : { label: "Commits in all", icon: "history", value: grouped(total) },
  ];
  return found.filter((entry) => entry !== undefined);
}

function series(perDay: readonly [string, number][], { weeks }: ActivityView): Series[] {
  const daily: Series = {
    label: "Commits a day",
    kind: "bar",
    points: perDay.map(([day, value]) => ({ at: dayName(day), value })),
  };
  if (weeks < 2) return [daily];
  const weekly = Array.from({ length: weeks }, (_, index) => perDay.slice(index * WEEK_DAYS, (index + 1) * WEEK_DAYS));
  return [
    daily,
    {
      label: "Commits a week",
      kind: "bar",
      points: weekly.map((days) => ({ at: dayName(days[0]![0]), value: sumOf(days) })),
    },
  ];
}

function tables({ last, commits }: Activity, { calendar }: ActivityView): Table[] {
  const commitRows = last.slice(0, MOST_SHOWN).map(({ at, subject }) => [subject, dayName(calendar.dayOf(at))]);
  const authorRows = authors(commits)
    .slice(0, MOST_AUTHORS)
    .map(([author, count]) => [author, String(count)]);
  return [
    { title: "Last commits", columns: ["What", "When"], rows: commitRows },
    { title: "Authors", columns: ["Author", "Commits"], rows: authorRows },
  ].filter(({ rows }) => rows.length > 0);
}

/** Authors by their commits, most first. */
function authors(commits: readonly CommitTime[]): [author: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { author } of commits) counts.set(author, (counts.get(author) ?? 0) + 1);
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b));
}

function lines(activity: Activity, perDay: readonly [string, number][], { weeks, calendar }: ActivityView): string[] {
  if (activity.total === 0) return ["No commits yet"];
  const all = sumOf(perDay);
  const week = sumOf(perDay.slice(-WEEK_DAYS));
  const people = authors(activity.commits).length;
  const found = [
    `${week} ${plural(week, "commit", "commits")} in 7 days`,
    weeks > 1 &&
      `${all} ${plural(all, "commit", "commits")} by ${people} ${plural(people, "author", "authors")} in ${weeks} weeks`,
    activity.lines && `${grouped(activity.lines.added)} lines added, ${grouped(activity.lines.removed)} removed`,
    activity.branch !== undefined && `Branch ${activity.branch}`,
    ...activity.last.slice(0, 5).map(({ at, author, subject }) => `${calendar.moment(at)} ${author}: ${subject}`),
  ];
  return found.filter((line) => typeof line === "string");
}

function sumOf(days: readonly [string, number][]): number {
  return days.reduce((total, [, count]) => total + count, 0);
}

function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
