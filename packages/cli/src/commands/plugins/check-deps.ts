import { neutraliseLine } from "@berth/base";
import { formatProblem } from "@berth/contract";
import { type GraphSurvey, surveyGraph } from "@berth/host/graph";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { openPlugins, type PluginsFlags } from "./session.ts";

/** Options of `berth plugins check-deps`. */
export interface CheckDepsFlags extends PluginsFlags {
  resolve?: boolean;
}

type Problem = GraphSurvey["problems"][number];

/** `berth plugins check-deps`. Ends with 1 when a plugin cannot have what it needs. */
export async function checkDependencies(context: CommandContext, flags: CheckDepsFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  const survey = surveyGraph(session.survey, session.project.roots);
  // What cannot be read may be what another needs, or need what is not there.
  const unread = session.survey.broken.map(({ folder, error, problems }) => {
    return { place: folder, code: error.code, message: [error.message, ...problems.map(formatProblem)].join("\n") };
  });
  const all = { ...survey, unread };
  if (flags.json) context.out.write(`${JSON.stringify(toJson(all, flags))}\n`);
  else for (const line of lines(terminalFor(context, flags), all, flags)) context.out.write(`${line}\n`);
  return survey.problems.length + unread.length === 0 ? EXIT.ok : EXIT.failed;
}

/** One problem, for programs. */
export function problemJson({ plugin, code, kind, message, chains, members, fix }: Problem): object {
  return { plugin, code, kind, message, chains, ...(members ? { members } : {}), fix };
}

/** With the plugins whose manifests cannot be read. */
interface Checked extends GraphSurvey {
  unread: readonly { place: string; code: string; message: string }[];
}

function toJson({ plugins, problems, unread }: Checked, { resolve }: CheckDepsFlags): object {
  return {
    version: 1,
    satisfied: plugins.map(({ id }) => id),
    problems: problems.map(problemJson),
    unusable: unread,
    ...(resolve ? { fixes: fixesOf(problems) } : {}),
  };
}

function lines(terminal: Terminal, { plugins, problems, unread }: Checked, { resolve }: CheckDepsFlags): string[] {
  const red = (message: string): string => terminal.paint("red", neutraliseLine(message));
  const told = [...problems, ...unread].flatMap(({ message }) => message.split("\n").map(red));
  const fine = plugins.length === 1 ? "1 plugin has what it needs" : `${plugins.length} plugins have what they need`;
  if (told.length === 0) return [`${fine}.`];
  const wrong = new Set(problems.map(({ plugin }) => plugin)).size + unread.length;
  const summary = `${fine}; ${wrong} cannot be used.`;
  if (problems.length === 0) return [...told, "", summary];
  if (!resolve) return [...told, "", `${summary} \`berth plugins check-deps --resolve\` says what would help.`];
  const fixes = fixesOf(problems).map(({ text, plugins: whose }, at) => `  ${at + 1}. ${text} (${whose.join(", ")})`);
  return [...told, "", summary, "What would help:", ...fixes.map((fix) => neutraliseLine(fix))];
}

/** Each change once, with the plugins it would help, the most helpful first. */
function fixesOf(problems: readonly Problem[]): { fix: Problem["fix"]; text: string; plugins: string[] }[] {
  const byText = Map.groupBy(problems, ({ fix }) => fix.text);
  return [...byText]
    .map(([text, helped]) => ({ fix: helped[0]!.fix, text, plugins: [...new Set(helped.map(({ plugin }) => plugin))] }))
    .toSorted((a, b) => b.plugins.length - a.plugins.length);
}
