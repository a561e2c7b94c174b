import { HostError } from "@berth/contract";
import type { Care } from "./care.ts";
import { fixFor, reasonOf } from "./start-report.ts";

/** For a call that comes, or waits in vain, while a plugin is started again. */
export function restarting(plugin: string, care: Care, nowMs: number): HostError {
  const retryAfterMs = Math.max(0, (care.nextAttemptAt ?? nowMs) - nowMs);
  const why = care.lastExit ? `it ended by itself (${care.lastExit.reason})` : "what it needs ended by itself";
  const when = retryAfterMs === 0 ? "is being started again" : `is started again in ${seconds(retryAfterMs)}`;
  return new HostError("PLUGIN_RESTARTING", `Cannot call plugin "${plugin}": ${why} and ${when}`, {
    details: { plugin, retryAfterMs, backAt: nowMs + retryAfterMs },
  });
}

/** What is given up in the end. */
export interface GivenUp {
  plugin: string;
  restarts: number;
  periodMs: number;
  /** The last of the ends, as a clause. */
  reason: string;
}

/** For each use of a plugin that was given up. */
export function gaveUp({ plugin, restarts, periodMs, reason }: GivenUp): HostError {
  const often = restarts === 1 ? "one restart" : `${restarts} restarts`;
  return new HostError(
    "PLUGIN_GAVE_UP",
    `Plugin "${plugin}" was given up after ${often} within ${seconds(periodMs)}; it last ended: ${reason}`,
    { details: { plugin, restarts, periodMs } },
  );
}

/** Why the host cannot start, or go on: in one line, with what to do. */
export function requiredMissing(plugin: string, verb: "start" | "go on", cause: HostError): HostError {
  const safe = verb === "start" ? "; --safe starts without plugins that do not come with Berth" : "";
  return new HostError(
    "PLUGIN_REQUIRED",
    `Cannot ${verb} without plugin "${plugin}", which is required: ${reasonOf(cause, plugin)} (${cause.code}). ${fixFor(cause, plugin)}${safe}`,
    { cause, details: { plugin, code: cause.code } },
  );
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 100) / 10} s`;
}
