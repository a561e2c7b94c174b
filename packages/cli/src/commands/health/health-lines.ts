import { neutraliseLine } from "@berth/base";
import type { HealthView } from "@berth/control";
import { formatDuration } from "../../terminal/durations.ts";
import { formatTable } from "../../terminal/table.ts";
import type { Style, Terminal } from "../../terminal/terminal.ts";

type Result = HealthView["results"][number];

const STYLES: Readonly<Record<Result["health"], Style>> = {
  healthy: "green",
  degraded: "yellow",
  unhealthy: "red",
  unknown: "dim",
};

/** A row for each thing, the worst first. */
export function healthTable(terminal: Terminal, results: readonly Result[], nowMs: number): string[] {
  const order = { unhealthy: 0, degraded: 1, healthy: 2, unknown: 3 } as const;
  const rows = results
    .toSorted((a, b) => order[a.health] - order[b.health])
    .map(({ name, health, since, isRequired, tags, message = "" }) => [
      { text: name },
      { text: health, paint: (text: string) => terminal.paint(STYLES[health], text) },
      { text: formatDuration(nowMs - since) },
      { text: isRequired ? "required" : "optional" },
      { text: tags.join(" ") },
      { text: message },
    ]);
  const columns = [
    { title: "WHAT", minWidth: 8 },
    { title: "HEALTH" },
    { title: "FOR" },
    { title: "NEED", dropOrder: 1 },
    { title: "TAGS", dropOrder: 0 },
    { title: "SAYS", minWidth: 10, dropOrder: 2 },
  ];
  return formatTable(columns, rows, terminal.columns, (text) => terminal.paint("bold", text));
}

/** All there is to say of one thing. */
export function healthLines(terminal: Terminal, result: Result, nowMs: number): string[] {
  const { name, health, since, checkedAt, isRequired, tags, message, details } = result;
  const asked = checkedAt === undefined ? "never" : `${formatDuration(nowMs - checkedAt)} ago`;
  return [
    `${neutraliseLine(name)}: ${terminal.paint(STYLES[health], health)}, for ${formatDuration(nowMs - since)}`,
    ...(message === undefined ? [] : [`  says     ${neutraliseLine(message)}`]),
    `  asked    ${asked}`,
    `  need     ${isRequired ? "required" : "optional"}`,
    ...(tags.length === 0 ? [] : [`  tags     ${tags.join(" ")}`]),
    ...(details === undefined ? [] : [`  details  ${neutraliseLine(JSON.stringify(details))}`]),
  ];
}

/** The host as a whole, in a sentence or more. */
export function overallLines(terminal: Terminal, { health, phase, isReady, notReady }: HealthView): string[] {
  const ready = isReady ? "ready" : terminal.paint("red", "not ready");
  const head = `The host is ${terminal.paint(STYLES[health], health)}, ${phase} and ${ready}.`;
  return [head, ...notReady.map((why) => `  not ready: ${neutraliseLine(why)}`)];
}
