import { neutraliseLine } from "@berth/base";
import type { SurveyedPlugin } from "@berth/host/grants";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Cell, type Column, formatTable } from "../../terminal/table.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { adviceOn, GRANT_WORDS, sourceWord } from "./grant-words.ts";
import { openPlugins, type PluginsFlags, type PluginsSession } from "./session.ts";

const COLUMNS: readonly Column[] = [
  { title: "PLUGIN", minWidth: 8 },
  { title: "VERSION", dropOrder: 3 },
  { title: "TIER", dropOrder: 4 },
  { title: "TRUST", dropOrder: 2 },
  { title: "HAS", minWidth: 4 },
  { title: "SAID BY", dropOrder: 1 },
  { title: "NOTE", minWidth: 12 },
];

/** `berth plugins list`. */
export async function listPlugins(context: CommandContext, flags: PluginsFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  if (flags.json) context.out.write(`${JSON.stringify(toJson(session))}\n`);
  else for (const line of lines(terminalFor(context, flags), session)) context.out.write(`${line}\n`);
  return EXIT.ok;
}

function toJson({ survey }: PluginsSession): object {
  return {
    version: 1,
    plugins: survey.plugins.map((one) => ({
      name: one.plugin.name,
      version: one.plugin.version,
      folder: one.plugin.folder,
      tier: one.tier,
      trust: one.trust,
      enabled: one.isEnabled,
      grant: one.state,
      grantFrom: one.decision.source,
      ...(one.problem ? { problem: { code: one.problem.code, message: one.problem.message } } : {}),
    })),
    unusable: unusable(survey),
  };
}

function unusable({
  broken,
  duplicates,
  failedRoots,
}: PluginsSession["survey"]): { place: string; code: string; message: string }[] {
  return [
    ...broken.map(({ folder, error }) => ({ place: folder, code: error.code, message: error.message })),
    ...duplicates.map(({ refused, error }) => ({ place: refused.folder, code: error.code, message: error.message })),
    ...failedRoots.map(({ root, error }) => ({ place: root.path, code: error.code, message: error.message })),
  ];
}

function lines(terminal: Terminal, { survey }: PluginsSession): string[] {
  const rows = survey.plugins.map((plugin) => row(terminal, plugin));
  const table = formatTable(COLUMNS, rows, terminal.columns, (title) => terminal.paint("dim", title));
  const troubles = unusable(survey).map(({ message }) => terminal.paint("red", neutraliseLine(message)));
  if (rows.length === 0) return ["There are no plugins.", ...troubles];
  return troubles.length === 0 ? table : [...table, "", ...troubles];
}

function row(terminal: Terminal, surveyed: SurveyedPlugin): Cell[] {
  const { plugin, tier, trust, state, isEnabled } = surveyed;
  const words = GRANT_WORDS[state];
  const dim = (text: string): string => terminal.paint("dim", text);
  return [
    { text: plugin.name, paint: (text) => terminal.paint(isEnabled ? "bold" : "dim", text) },
    { text: plugin.version },
    { text: tier },
    { text: trust },
    { text: words.text, paint: (text) => terminal.paint(words.style, text) },
    { text: sourceWord(surveyed), paint: dim },
    { text: adviceOn(surveyed), paint: dim },
  ];
}
