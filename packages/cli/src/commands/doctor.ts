import { neutraliseLine } from "@berth/base";
import { type DoctorReport, examine, type PluginExamination, type TierExamination } from "@berth/host/doctor";
import { lookAtStorage } from "@berth/host/grants";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { readHostProject } from "../host-project.ts";
import { formatTable } from "../terminal/table.ts";
import { type Style, type Terminal, terminalFor } from "../terminal/terminal.ts";
import { openRunners } from "./plugins/session.ts";

/** Options of `berth doctor`. */
export interface DoctorFlags {
  config?: string;
  json?: boolean;
  color?: boolean;
}

/** `berth doctor`: 0 when every plugin that is switched on can run here, 1 otherwise. */
export async function runDoctor(context: CommandContext, flags: DoctorFlags): Promise<number> {
  const project = await readHostProject(context, flags.config);
  await using opened = new AsyncDisposableStack();
  const storage = opened.use(lookAtStorage(project.dataFolder, context.clock));
  const runners = openRunners(opened, project, context);
  const report = await examine({ ...project, workingFolder: context.cwd, storage, runners, clock: context.clock });
  if (flags.json) context.out.write(`${JSON.stringify({ version: 1, ...report })}\n`);
  else context.out.write(`${reportLines(terminalFor(context, flags), report).join("\n")}\n`);
  return report.isFine ? EXIT.ok : EXIT.failed;
}

function reportLines(terminal: Terminal, report: DoctorReport): string[] {
  const { tiers, plugins, unusable, notes, isFine } = report;
  return [
    ...machineLines(terminal, report),
    ...notes,
    "",
    ...tierLines(terminal, tiers),
    ...missingLines(terminal, tiers),
    "",
    ...limitLines(terminal, tiers),
    "",
    ...pluginLines(terminal, plugins),
    ...unusable.map(({ problem }) => terminal.paint("red", neutraliseLine(problem.message))),
    ...lastRunLines(terminal, report),
    "",
    isFine
      ? terminal.paint("green", "Every plugin can run here.")
      : terminal.paint("red", "Not every plugin can run here, see above."),
  ];
}

/** What whoever comes after a bad night asks first. */
function lastRunLines(terminal: Terminal, { lastRun }: DoctorReport): string[] {
  if (!lastRun) return [];
  const { at, couldNotStart, plugins } = lastRun;
  const failed =
    couldNotStart === undefined
      ? []
      : [
          terminal.paint("red", `  it could not start: ${couldNotStart}`),
          "  `berth run --safe` starts with what comes with Berth alone",
        ];
  const lines = plugins.map(({ plugin, restarts, gaveUp, reason }) => {
    const what = gaveUp
      ? `was given up after ${restarts} restarts`
      : `ended by itself, and was restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
    return terminal.paint(gaveUp ? "red" : "yellow", `  ${plugin} ${what}; last: ${reason}`);
  });
  return ["", `Last run, ${new Date(at).toISOString()}`, ...failed, ...lines];
}

function machineLines(terminal: Terminal, { machine, node, dataFolder }: DoctorReport): string[] {
  const folder = {
    ready: "ready",
    absent: "made at the first start",
    unusable: neutraliseLine(dataFolder.problem ?? "unusable"),
  }[dataFolder.state];
  const nodeWord = node.isSupported ? "" : terminal.paint("red", ` (Berth needs ${node.wanted})`);
  const folderWord = dataFolder.state === "unusable" ? terminal.paint("red", folder) : folder;
  return [
    `System       ${machine.platform} ${machine.release} ${machine.arch}${machine.isRoot ? ", as root" : ""}`,
    `Node.js      ${node.version}${nodeWord}`,
    `Data folder  ${neutraliseLine(dataFolder.path)}: ${folderWord}`,
  ];
}

const LEVEL_WORDS: Readonly<Record<string, { text: string; style: Style }>> = {
  kernel: { text: "a sandbox", style: "green" },
  runtime: { text: "rules of Node.js, no sandbox", style: "yellow" },
  fault: { text: "faults stay inside, no sandbox", style: "dim" },
  none: { text: "no walls", style: "dim" },
};

function tierLines(terminal: Terminal, tiers: readonly TierExamination[]): string[] {
  const columns = [
    { title: "TIER" },
    { title: "OFFERS HERE", minWidth: 10 },
    { title: "BY", minWidth: 10 },
    { title: "WORKS" },
    { title: "WHAT WAS SEEN", minWidth: 12, dropOrder: 1 },
  ];
  const rows = tiers.flatMap(({ tier, report, problem }) => {
    if (!report)
      return [[{ text: tier }, { text: "unknown" }, { text: "" }, { text: "" }, { text: problem?.message ?? "" }]];
    const level = LEVEL_WORDS[report.level]!;
    const first = [{ text: tier }, { text: level.text, paint: (text: string) => terminal.paint(level.style, text) }];
    const again = [{ text: "" }, { text: "" }];
    const mechanisms = report.mechanisms.map(({ name, works, detail }, index) => [
      ...(index === 0 ? first : again),
      { text: name },
      { text: works ? "yes" : "no", paint: (text: string) => terminal.paint(works ? "green" : "yellow", text) },
      { text: detail, paint: (text: string) => terminal.paint("dim", text) },
    ]);
    return mechanisms.length > 0 ? mechanisms : [[...first, { text: "" }, { text: "" }, { text: "" }]];
  });
  return formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title));
}

/** What could be had and is not there. */
function missingLines(terminal: Terminal, tiers: readonly TierExamination[]): string[] {
  const fixes = tiers.flatMap(({ report }) =>
    (report?.mechanisms ?? []).flatMap(({ name, works, fix }) => (works || fix === undefined ? [] : [{ name, fix }])),
  );
  if (fixes.length === 0) return [];
  const lines = fixes.map(({ name, fix }) => `  ${terminal.paint("yellow", name)}: ${neutraliseLine(fix)}`);
  return ["", "To have what is missing", ...lines];
}

/** What holds each limit and permission, tier by tier. */
function limitLines(terminal: Terminal, tiers: readonly TierExamination[]): string[] {
  const asked = tiers.filter(({ report }) => report !== undefined);
  const names = [...new Set(asked.flatMap(({ report }) => Object.keys(report!.enforces)))].sort();
  const columns = [
    { title: "HELD BY" },
    ...asked.map(({ tier }, index) => ({ title: tier.toUpperCase(), minWidth: 8, dropOrder: asked.length - index })),
  ];
  const rows = names.map((name) => [
    { text: name },
    ...asked.map(({ report }) =>
      Object.hasOwn(report!.enforces, name)
        ? { text: report!.enforces[name]! }
        : { text: "–", paint: (text: string) => terminal.paint("yellow", text) },
    ),
  ]);
  return formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title));
}

const VERDICTS: Readonly<Record<PluginExamination["verdict"], { text: string; style: Style }>> = {
  runs: { text: "yes", style: "green" },
  disabled: { text: "off", style: "dim" },
  "cannot-run": { text: "no", style: "red" },
};

function pluginLines(terminal: Terminal, plugins: readonly PluginExamination[]): string[] {
  if (plugins.length === 0) return ["There are no plugins."];
  const columns = [
    { title: "PLUGIN", minWidth: 8 },
    { title: "VERSION", dropOrder: 1 },
    { title: "TIER" },
    { title: "RUNS HERE" },
    { title: "WHY NOT", minWidth: 20 },
  ];
  const rows = plugins.map(({ name, version, tier, verdict, problem }) => [
    { text: name, paint: (text: string) => terminal.paint("bold", text) },
    { text: version },
    { text: tier },
    { text: VERDICTS[verdict].text, paint: (text: string) => terminal.paint(VERDICTS[verdict].style, text) },
    { text: problem?.message ?? "" },
  ]);
  return formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title));
}
