import { arch, platform, release } from "node:os";
import { errorMessage, neutraliseLine } from "@berth/base";
import { HostError, isHostError, type Tier } from "@berth/contract";
import type { Runner, TierReport } from "@berth/kernel/runner";
import { type SurveyOptions, surveyPlugins } from "../grants/survey.ts";
import { type LastRun, readLastRun } from "../supervision/last-run.ts";
import { type DataFolderReport, examineDataFolder } from "./data-folder.ts";
import { examinePlugin, type PluginExamination } from "./examine-plugin.ts";
import { platformNotes } from "./platform-notes.ts";

/** What {@link examine} needs. */
export interface ExamineOptions extends Omit<SurveyOptions, "tiers"> {
  /** The runners of the host, whose reports say what the machine enforces. */
  runners: readonly Runner[];
}

/** What this machine offers, and whether the plugins that were found can run on it. */
export interface DoctorReport {
  /** Whether every plugin that is switched on can run, and the host itself. */
  isFine: boolean;
  machine: { platform: string; release: string; arch: string; isRoot: boolean };
  node: { version: string; wanted: string; isSupported: boolean };
  dataFolder: DataFolderReport;
  tiers: TierExamination[];
  plugins: PluginExamination[];
  /** Folders and packages that are no plugins although they look like some, and why. */
  unusable: { place: string; problem: { code: string; message: string } }[];
  /** What the last host that was started here met with; absent when that was nothing. */
  lastRun?: LastRun;
  /** What is to be known about this system, in sentences. */
  notes: string[];
}

/** One tier, asked what it offers here. */
export interface TierExamination {
  tier: Tier;
  /** Absent when the tier could not even be asked. */
  report?: TierReport;
  problem?: { code: string; message: string };
}

/** As `engines` in package.json. */
const WANTED_NODE = "24.15 or newer of 24, or 26 and newer";
const REPORT_LIMIT_MS = 30_000;

/** Finds out what this machine enforces, by trying it, and which of the plugins can run here. Writes nothing. */
export async function examine(options: ExamineOptions): Promise<DoctorReport> {
  const { runners, config, dataFolder } = options;
  const signal = options.signal ?? AbortSignal.timeout(REPORT_LIMIT_MS);
  const tiers = await Promise.all(runners.map((runner) => examineTier(runner, signal)));
  const survey = await surveyPlugins({ ...options, signal, tiers: runners.map(({ tier }) => tier) });
  const reports = new Map(tiers.map(({ tier, outcome }) => [tier, outcome]));
  const plugins = survey.plugins.map((plugin) => examinePlugin(plugin, reports.get(plugin.tier), config));
  const unusable = [
    ...survey.broken.map(({ folder, error }) => ({ place: folder, problem: problemOf(error) })),
    ...survey.duplicates.map(({ refused, error }) => ({ place: refused.folder, problem: problemOf(error) })),
    ...survey.failedRoots.map(({ root, error }) => ({ place: root.path, problem: problemOf(error) })),
  ];
  const node = { version: process.versions.node, wanted: WANTED_NODE, isSupported: isNodeSupported() };
  const folder = examineDataFolder(dataFolder);
  const lastRun = readLastRun(dataFolder);
  const hasRunnable = plugins.every(({ verdict }) => verdict !== "cannot-run") && unusable.length === 0;
  return {
    isFine: hasRunnable && node.isSupported && folder.state !== "unusable",
    machine: { platform: platform(), release: release(), arch: arch(), isRoot: process.getuid?.() === 0 },
    node,
    dataFolder: folder,
    tiers: tiers.map(({ tier, outcome }) =>
      isHostError(outcome) ? { tier, problem: problemOf(outcome) } : { tier, report: outcome },
    ),
    plugins,
    unusable,
    ...(lastRun ? { lastRun } : {}),
    notes: platformNotes(platform()),
  };
}

/** One tier that cannot be asked keeps nobody from hearing of the others. */
async function examineTier(
  runner: Runner,
  signal: AbortSignal,
): Promise<{ tier: Tier; outcome: TierReport | HostError }> {
  const { tier } = runner;
  try {
    return { tier, outcome: await runner.report(signal) };
  } catch (error) {
    if (isHostError(error)) return { tier, outcome: error };
    const message = `Cannot find out what tier ${tier} offers here: ${neutraliseLine(errorMessage(error))}`;
    return { tier, outcome: new HostError("TIER_UNAVAILABLE", message, { cause: error }) };
  }
}

function problemOf({ code, message }: HostError): { code: string; message: string } {
  return { code, message };
}

function isNodeSupported(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return (major === 24 && minor >= 15) || major >= 26;
}
