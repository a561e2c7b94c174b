import { JsonView, type OutputRecord } from "@berth/sdk";

/** A run as text: a line that says how it ended, then what it wrote. */
export function runText(record: OutputRecord, hasHeading: boolean): string {
  const { id, startedAt, durationMs, success } = record;
  const result = new JsonView(record.result);
  const how = success ? "ok" : "failed";
  const exit = result.number("exitCode");
  const code = exit === undefined ? "" : `, exit code ${exit}`;
  const run = result.number("run") ?? "?";
  const heading = `# ${new Date(startedAt).toISOString()} ${id} run ${run}: ${how}${code}, ${Math.round(durationMs)} ms\n`;
  const written = [result.text("stdout"), result.text("stderr")].map((text) => whole(text ?? "")).join("");
  return hasHeading ? heading + written : written;
}

/** The next run begins on a line of its own. */
function whole(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
