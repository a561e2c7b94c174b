import type { PlannedSource, Signage } from "@berth/signage";
import { formatTable } from "../../terminal/table.ts";
import type { Terminal } from "../../terminal/terminal.ts";

/** The next `runs` runs of each source, times as ISO 8601 in UTC. */
export function plannedRuns(signage: Signage, runs: number): (Omit<PlannedSource, "at"> & { at: string[] })[] {
  return signage
    .plan(runs)
    .map(({ at, ...source }) => ({ ...source, at: at.map((time) => new Date(time).toISOString()) }));
}

/** The plan for people: times in the zone of each source. */
export function planLines(terminal: Terminal, planned: ReturnType<typeof plannedRuns>): string[] {
  const columns = [
    { title: "SOURCE", minWidth: 8 },
    { title: "TYPE", dropOrder: 2 },
    { title: "SCHEDULE", dropOrder: 3 },
    { title: "TIME ZONE", dropOrder: 1 },
    { title: "NEXT RUNS", minWidth: 20 },
  ];
  const rows = planned.map(({ id, type, schedule, timezone, at }) => [
    { text: id, paint: (text: string) => terminal.paint("bold", text) },
    { text: type },
    { text: schedule },
    { text: timezone },
    { text: at.map((time) => localTime(time, timezone)).join(", ") || "never" },
  ]);
  return formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title));
}

function localTime(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone }).format(
    new Date(iso),
  );
}
