import { JsonView, type OutputRecord } from "@berth/sdk";

/** Slack shows 40,000 characters; what a person reads in a channel is less. */
const MOST_OUTPUT = 1_500;
const FENCE = "```";

/** A run as a message, with the end of its output where it failed. */
export function messageOf(record: OutputRecord): { text: string } {
  const { id, success, durationMs } = record;
  const result = new JsonView(record.result);
  const sign = success ? ":white_check_mark:" : ":x:";
  const run = result.number("run") ?? "?";
  const line = `${sign} *${escaped(id)}* run ${run}: ${howItEnded(result)}, ${Math.round(durationMs)} ms`;
  const output = `${result.text("stdout") ?? ""}${result.text("stderr") ?? ""}`.trimEnd();
  if (success || output === "") return { text: line };
  const shown = output.length > MOST_OUTPUT ? `…${output.slice(-MOST_OUTPUT)}` : output;
  return { text: [line, FENCE, escaped(shown), FENCE].join("\n") };
}

function howItEnded(result: JsonView): string {
  const exit = result.number("exitCode");
  if (exit !== undefined) return `exit code ${exit}`;
  const signal = result.text("signal");
  return signal === undefined ? "was not started" : `ended by ${escaped(signal)}`;
}

/** The three characters that Slack gives a meaning of their own, and fences that would end the block early. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(FENCE, "´´´");
}
