import { MODES } from "../flags/mode-table.ts";
import { renamed } from "./help.ts";

const MORE: readonly (readonly [line: string, purpose: string])[] = [
  ["rpr i -e 1m --http-aware -- curl -isS https://api.example.com", "wait as long as the service asks (Retry-After)"],
  ["rpr i -e 10s --failure-pattern '(?i)error' -- tail -n 20 app.log", "the output decides, not the exit code"],
  ["rpr i -e 1h --ping https://hc.example.com/UUID -- ./backup.sh", "an alarm when the backup stays away"],
  ["rpr c -t 20 --until-success -e 5s -q -- pg_isready && ./migrate.sh", "go on as soon as the database is there"],
  ["rpr i -e 5s --until 18:00 --log-json runs.jsonl -q -- ./probe.sh", "a JSON document for each run"],
  ["rpr cr --cron @daily --dry-run -- ./backup.sh", "when would it run?"],
];

/** Command lines for common tasks, by mode. */
export function examplesText(name: string): string {
  const sections = MODES.map(({ name: mode, summary, examples }) => sectionOf(`${mode}: ${summary}`, examples, name));
  return `${[...sections, sectionOf("in every mode", MORE, name)].join("\n\n")}\n`;
}

function sectionOf(title: string, examples: readonly (readonly [string, string])[], name: string): string {
  return [title, ...examples.map(([line, purpose]) => `  # ${purpose}\n  ${renamed(line, name)}`)].join("\n");
}
