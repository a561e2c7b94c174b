import type { JsonObject } from "@berth/base";
import type { EventBus } from "@berth/kernel/events";
import type { AuditLog } from "@berth/storage";
import type { SystemSubject } from "../events/system-events.ts";

/**
 * What the host does because of a plugin, and cannot be kept from by a disk that is full. What somebody orders is not here: that is in the
 * log before it is done.
 */
const RECORDED: readonly SystemSubject[] = [
  "plugin.failed",
  "plugin.crashed",
  "plugin.restarted",
  "plugin.gave_up",
  "plugin.stuck",
];

/** Keeps in the audit log what becomes of plugins by themselves, until disposed. */
export function auditEvents(events: Pick<EventBus, "subscribe">, audit: Pick<AuditLog, "report">): Disposable {
  const listening = new DisposableStack();
  for (const subject of RECORDED) {
    listening.use(
      events.subscribe({ owner: "host", pattern: subject }, ({ from, data }) => {
        const about = data as JsonObject;
        // What is switched off is as somebody ordered it.
        if (from !== "host" || about["code"] === "PLUGIN_DISABLED") return;
        void audit.report(reportOf(subject, about));
      }),
    );
  }
  return listening;
}

/** Of the same: what a plugin that crashes in a circle does over and over. */
function reportOf(kind: string, { plugin, ...details }: JsonObject): Parameters<AuditLog["report"]>[0] {
  return { kind, plugin: typeof plugin === "string" ? plugin : "", details, same: textOf(details["code"]) };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
