import { formatProblem, isHostError, type Problem } from "@berth/contract";
import { checkSourceConfigs, missingSentence, selectSources } from "@berth/signage";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { openSession, type SignageFlags } from "./session.ts";

/** `berth signage validate`: every problem of the file, of its schedules and of each source's own configuration. */
export async function validateSignage(context: CommandContext, flags: SignageFlags): Promise<number> {
  const { problems, warnings, summary } = await check(context, flags);
  if (flags.json) {
    context.out.write(`${JSON.stringify({ version: 1, valid: problems.length === 0, problems, warnings })}\n`);
  } else {
    for (const problem of problems) context.out.write(`error: ${formatProblem(problem)}\n`);
    for (const warning of warnings) context.out.write(`warning: ${formatProblem(warning)}\n`);
    context.out.write(`${problems.length === 0 ? summary : `${flags.config}: ${count(problems.length, "problem")}`}\n`);
  }
  return problems.length === 0 ? EXIT.ok : EXIT.usage;
}

interface Check {
  problems: readonly Problem[];
  warnings: readonly Problem[];
  summary: string;
}

async function check(context: CommandContext, flags: SignageFlags): Promise<Check> {
  try {
    await using session = await openSession(context, flags, { isForLooking: true });
    const { host, loaded } = session;
    const sources = selectSources(loaded, undefined);
    const problems = await checkSourceConfigs(host, loaded, sources, new AbortController().signal);
    const { sources: all } = loaded.config;
    return {
      problems,
      warnings: loaded.warnings,
      summary: `${flags.config}: fine, ${count(all.length, "source")}, ${sources.length} switched on`,
    };
  } catch (error) {
    const problems = problemsOf(error, flags.config);
    if (!problems) throw error;
    return { problems, warnings: [], summary: "" };
  }
}

/** The problems of a configuration that could not be read; nothing for any other error. */
function problemsOf(error: unknown, file: string): Problem[] | undefined {
  if (isHostError(error, "CONFIG_NOT_FOUND")) return [{ file, path: "", message: missingSentence(file) }];
  if (!isHostError(error, "CONFIG_INVALID")) return undefined;
  return Array.isArray(error.details)
    ? (error.details as unknown as Problem[])
    : [{ file, path: "", message: error.message }];
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
