import type { FlagSpec } from "../flags/flag.ts";
import { FLAGS } from "../flags/flag-table.ts";

/** Of one command line, not of a job among others: a job does not overlap itself, and its documents and state are those of all. */
const OF_ONE_LINE = new Set([
  "config",
  "help",
  "dry-run",
  "state",
  "json",
  "stats-only",
  "parallel",
  "stream",
  "enable-metrics",
  "metrics-port",
  "enable-health",
  "health-port",
]);

/** Flags that are keys of a job. */
export const JOB_FLAGS: readonly FlagSpec[] = FLAGS.filter(({ name }) => !OF_ONE_LINE.has(name));

/** Runs at once, over all jobs, where nobody says: as many as have a helper to start them. */
export const MOST_AT_ONCE = 64;

/** Flags of `rpr run` itself. */
export const RUN_FLAGS: readonly FlagSpec[] = [
  { name: "only", kind: "list", group: "run", value: "NAME,NAME", help: "runs these jobs alone" },
  {
    name: "max-parallel",
    kind: "count",
    group: "run",
    value: "N",
    min: 1,
    max: 1_000,
    help: "runs at once over all jobs",
  },
  { name: "state", kind: "text", group: "run", value: "FILE", help: "keeps count of all jobs in this file" },
  { name: "validate", kind: "switch", group: "run", help: "says what is wrong with the file, and runs nothing" },
  { name: "dry-run", kind: "switch", group: "run", help: "prints when each job would run, and runs nothing" },
  { name: "json", kind: "switch", group: "output", help: "a JSON document for each run on standard output" },
  { name: "quiet", also: ["-q"], kind: "switch", group: "output", help: "no output of the commands, and no table" },
  { name: "verbose", also: ["-v"], kind: "switch", group: "output", help: "says on standard error what each job does" },
  {
    name: "table",
    off: "--no-table",
    kind: "switch",
    group: "output",
    help: "whether a terminal shows the table of jobs",
  },
  ...FLAGS.filter(({ name }) => name === "config" || name === "help"),
];
