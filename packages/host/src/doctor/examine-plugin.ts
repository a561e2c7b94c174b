import { HostError, isHostError, type Tier } from "@berth/contract";
import type { IsolationLevel, TierReport } from "@berth/kernel/runner";
import type { HostConfig } from "@berth/kernel/config";
import type { GrantState, SurveyedPlugin } from "../grants/survey.ts";
import { assertEnforced } from "../plugins/choose-tier.ts";
import type { PluginTrust } from "../plugins/plugin-trust.ts";

/** Whether one plugin can run here. */
export interface PluginExamination {
  name: string;
  version: string;
  tier: Tier;
  trust: PluginTrust;
  state: GrantState;
  /** `disabled`: the operator switched it off, which is no trouble. */
  verdict: "runs" | "disabled" | "cannot-run";
  /** Why it cannot run, in a sentence with what to do. */
  problem?: { code: string; message: string };
}

/** From the least firm. */
const LEVELS: readonly IsolationLevel[] = ["none", "fault", "runtime", "kernel"];

/** Holds one plugin against what its tier offers here; `report` is what was found out about it, or why nothing was. */
export function examinePlugin(
  surveyed: SurveyedPlugin,
  report: TierReport | HostError | undefined,
  config: HostConfig,
): PluginExamination {
  const { plugin, tier, trust, state, isEnabled } = surveyed;
  const problem = isEnabled ? (surveyed.problem ?? problemHere(surveyed, report, config)) : undefined;
  return {
    name: plugin.name,
    version: plugin.version,
    tier,
    trust,
    state,
    verdict: isEnabled ? (problem === undefined ? "runs" : "cannot-run") : "disabled",
    ...(problem === undefined ? {} : { problem: { code: problem.code, message: problem.message } }),
  };
}

function problemHere(
  { plugin, trust, limits }: SurveyedPlugin,
  report: TierReport | HostError | undefined,
  config: HostConfig,
): HostError | undefined {
  if (report === undefined || isHostError(report)) return report;
  const { manifest, name } = plugin;
  const settings = config.plugins[name];
  const wanted = settings?.minimum_isolation ?? (trust === "first-party" ? "runtime" : "kernel");
  if (report.tier === "process" && LEVELS.indexOf(report.level) < LEVELS.indexOf(wanted)) {
    const why = `this machine offers no sandbox as firm as ${wanted}, only ${report.level}`;
    const choice =
      manifest.runtime.type === "external"
        ? "its code is a program of its own, which has no rules of Node.js to fall back on"
        : `see above what is missing, or accept less with plugins.${name}.minimum_isolation: runtime in berth.yaml`;
    return new HostError("TIER_UNAVAILABLE", `Cannot run plugin "${name}" in tier process: ${why}; ${choice}`);
  }
  try {
    assertEnforced({ ...manifest, limits }, report, settings);
    return undefined;
  } catch (error) {
    if (isHostError(error)) return error;
    throw error;
  }
}
