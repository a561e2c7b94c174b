import { neutralise, neutraliseLine } from "@berth/base";
import type { ReloadView } from "@berth/control";
import { formatDuration } from "../../terminal/durations.ts";
import type { Terminal } from "../../terminal/terminal.ts";

/** What somebody wanted: the newest code, or an older one. */
export type Wanted = "reload" | "rollback";

/** How a reload or a rollback ended, for people. */
export function reloadLines(terminal: Terminal, report: ReloadView, wanted: Wanted): string[] {
  const { plugin, outcome } = report;
  if (outcome === "reloaded") return doneLines(terminal, report, wanted);
  if (outcome === "unchanged") {
    return [`${plugin} is as its folder has it${serves(report)}; there was nothing to reload.`];
  }
  if (outcome === "rolled-back") return refusedLines(terminal, report, `Went back from the new version of ${plugin}`);
  return refusedLines(terminal, report, `Did not ${wanted === "reload" ? "reload" : "roll back"} ${plugin}`);
}

/** Whether what was wanted is what serves. */
export function isAsWanted({ outcome }: ReloadView): boolean {
  return outcome === "reloaded" || outcome === "unchanged";
}

function doneLines(
  terminal: Terminal,
  { plugin, serving, other, dependents, tookMs, heldMs, probationMs }: ReloadView,
  wanted: Wanted,
): string[] {
  const versions = [other?.version, serving?.version]
    .filter((version) => version !== undefined)
    .map((v) => neutraliseLine(v));
  const change = new Set(versions).size > 1 ? versions.join(" → ") : (versions.at(-1) ?? "");
  const done = terminal.paint("green", wanted === "reload" ? "Reloaded" : "Went back with");
  // Who waited no time need not be told so.
  const held = heldMs < 0.5 ? "" : `; calls waited for ${formatDuration(heldMs)}`;
  const rest = serving ? "" : "; it is loaded at its next use";
  const probation = probationMs === undefined ? "" : `; on probation for ${formatDuration(probationMs)}`;
  return [
    `${done} ${plugin} ${change} in ${formatDuration(tookMs)}${held}${rest}${probation}.`,
    ...(dependents.length === 0 ? [] : [`  With it, since they need it: ${dependents.join(", ")}`]),
  ];
}

function refusedLines(terminal: Terminal, report: ReloadView, what: string): string[] {
  const { failed, serving } = report;
  const why = failed ? `: it failed at the step "${failed.step}"` : "";
  const message = failed ? neutralise(failed.error.message).split("\n") : [];
  const goesOn = serving
    ? `${neutraliseLine(serving.version)} goes on serving, as if nothing had been.`
    : "It is not loaded.";
  return [
    terminal.paint("red", `${what}${why}`),
    ...message.map((line) => `  ${line}`),
    ...(failed ? [`  (${failed.error.code})`] : []),
    goesOn,
  ];
}

function serves({ serving }: ReloadView): string {
  return serving ? ` (${neutraliseLine(serving.version)}, generation ${serving.generation})` : "";
}
