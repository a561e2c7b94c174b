import { formatProblem, type HostError, isHostError, type Problem } from "@berth/contract";
import { neutraliseLine } from "@berth/base";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { PluginDirectory, PluginTrouble } from "../plugins/plugin-directory.ts";

/** A plugin that does not run although it is meant to, why, and what to do about it. */
export interface BrokenPlugin {
  /** Its name, or its folder where not even that is known. */
  plugin: string;
  isRequired: boolean;
  code: HostError["code"];
  /** One line. */
  reason: string;
  /** One line, without full stop. */
  fix: string;
}

/** How a host stands. */
export interface HostReport {
  /** Whether all that is required runs. */
  isReady: boolean;
  broken: readonly BrokenPlugin[];
  /** What safe mode left out, by name. */
  leftOut: readonly string[];
}

const LONGEST_REASON = 700;

const NAMES_A_PLUGIN = /\bplugin (?:in )?"/i;

/** Nobody's fault: it is as the operator wants it. */
const AS_WANTED: ReadonlySet<string> = new Set(["PLUGIN_DISABLED", "PLUGIN_LEFT_OUT"]);

/** What of the plugins runs, and what does not. @param gaveUp why one was given up, if it was. */
export function reportOn(directory: PluginDirectory, gaveUp: (plugin: string) => HostError | undefined): HostReport {
  const unusable = directory.troubles.filter(({ error }) => !AS_WANTED.has(error.code)).map(fromTrouble);
  const failed = directory.plugins.flatMap((plugin) => fromPlugin(plugin, gaveUp(plugin.name)));
  const broken = [...unusable, ...failed];
  const isRunning = (plugin: ManagedPlugin): boolean =>
    plugin.manifest.plugin.criticality !== "required" || plugin.state === "active";
  return {
    isReady: directory.plugins.every(isRunning) && !broken.some(({ isRequired }) => isRequired),
    broken,
    leftOut: directory.troubles.filter(({ error }) => error.code === "PLUGIN_LEFT_OUT").map(({ plugin }) => plugin),
  };
}

/** Why, in one line: with the plugin's name, and the first of the places where its manifest is wrong. */
export function reasonOf({ message: text, details }: HostError, plugin: string): string {
  // What a plugin says itself does not say who it is.
  const message = NAMES_A_PLUGIN.test(text) ? text : `Cannot start plugin "${plugin}": ${text}`;
  const [first, ...others] = problemsIn(details);
  const isListed = first === undefined || message.includes("\n");
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return neutraliseLine(
    isListed ? message.replaceAll("\n", " ") : `${message}: ${formatProblem(first)}${more}`,
    LONGEST_REASON,
  );
}

/** What to do about a plugin that does not run: a sentence without full stop. */
export function fixFor({ code, info }: HostError, plugin: string): string {
  if (code === "MANIFEST_INVALID") return `\`berth plugins validate ${plugin}\` names every place in its plugin.toml`;
  if (code === "PLUGIN_FAILED" || code === "CONTRACT_BROKEN" || code === "CALL_DEADLINE_EXCEEDED")
    return `Mend it, or disable it: \`berth plugins validate ${plugin} --load\` tries it alone`;
  return info.help.replaceAll("NAME", plugin);
}

function fromTrouble({ plugin, error, isRequired = false }: PluginTrouble): BrokenPlugin {
  return { plugin, isRequired, code: error.code, reason: reasonOf(error, plugin), fix: fixFor(error, plugin) };
}

function fromPlugin(plugin: ManagedPlugin, gaveUp: HostError | undefined): BrokenPlugin[] {
  const error = gaveUp ?? (plugin.state === "failed" ? plugin.failure : undefined);
  if (!isHostError(error) || AS_WANTED.has(error.code)) return [];
  const isRequired = plugin.manifest.plugin.criticality === "required";
  return [
    {
      plugin: plugin.name,
      isRequired,
      code: error.code,
      reason: reasonOf(error, plugin.name),
      fix: fixFor(error, plugin.name),
    },
  ];
}

function problemsIn(details: HostError["details"]): Problem[] {
  const isThere = typeof details === "object" && details !== null && !Array.isArray(details);
  const problems = isThere ? details["problems"] : undefined;
  return Array.isArray(problems) ? (problems as unknown as Problem[]) : [];
}
