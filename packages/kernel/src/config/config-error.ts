import type { JsonValue } from "@berth/base";
import { formatProblem, HostError, type Problem } from "@berth/contract";

/** Who mends a file reads from the top; beyond this the rest is only counted. */
const MOST_SHOWN = 100;

/**
 * The error for a configuration that cannot be used. Its message is the report: a line for each problem, the count at the end;
 * `details` holds the problems for programs.
 */
export function configError(file: string, problems: readonly Problem[]): HostError {
  const shown = problems.slice(0, MOST_SHOWN);
  return new HostError("CONFIG_INVALID", formatReport(file, problems), { details: shown as unknown as JsonValue });
}

/** The problems as people read them, one a line, and how many there are. */
export function formatReport(file: string, problems: readonly Problem[]): string {
  const lines = problems.slice(0, MOST_SHOWN).map(formatProblem);
  if (problems.length > lines.length) lines.push(`… and ${problems.length - lines.length} more`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [...lines, `Cannot use ${file}: ${count}`].join("\n");
}
