import type { ReloadReport } from "@berth/kernel/reload";
import type { Log } from "../log/index.ts";

/** Says in the log how a reload ended; one that changed nothing is not worth a line. */
export function tellReload(log: Log, report: ReloadReport): void {
  const { plugin, outcome, serving, other, failed, dependents } = report;
  const facts = {
    plugin,
    outcome,
    tookMs: Math.round(report.tookMs),
    heldMs: Math.round(report.heldMs),
    ...(failed ? { step: failed.step, code: failed.error.code } : {}),
  };
  const now = serving ? `${serving.version} (generation ${serving.generation}) serves` : "it is loaded by its next use";
  if (outcome === "unchanged") log.debug(`Plugin "${plugin}" has not changed`, facts);
  else if (outcome === "reloaded") {
    const together = dependents.length > 0 ? `, with ${dependents.join(", ")}` : "";
    log.info(`Replaced plugin "${plugin}" ${other?.version ?? ""}: ${now}${together}`, facts);
  } else {
    const what = outcome === "refused" ? "Did not replace" : "Put back";
    const why = `${failed?.step ?? ""}: ${failed?.error.message ?? ""}`;
    log.error(`${what} plugin "${plugin}", ${now}; ${why}`, facts);
  }
}
