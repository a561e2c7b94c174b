import { errorMessage, type JsonObject, neutraliseLine } from "@berth/base";
import { isHostError } from "@berth/contract";
import type { EventBus } from "@berth/kernel/events";
import type { LifecycleMove, ManagedPlugin } from "@berth/kernel/lifecycle";
import type { ReloadReport } from "@berth/kernel/reload";

/** What the host tells of itself, by subject: when, and with which data. Nobody else can publish these. */
export const SYSTEM_EVENTS = {
  "host.started": { when: "the host has started what runs from the start", data: ["plugins", "failed"] },
  "host.stopping": { when: "the host is about to stop; event plugins have two seconds for it", data: [] },
  "plugin.loaded": { when: "a plugin's code was loaded", data: ["plugin", "version"] },
  "plugin.active": { when: "a plugin has started", data: ["plugin", "version"] },
  "plugin.failed": {
    when: "a plugin could not start, or ended by itself",
    data: ["plugin", "version", "code", "message"],
  },
  "plugin.crashed": {
    when: "a plugin that ran ended by itself; it is started again after so long, or not at all (null)",
    data: ["plugin", "version", "kind", "reason", "restartInMs"],
  },
  "plugin.restarted": {
    when: "a plugin that had ended by itself, or was stopped for another's sake, runs again",
    data: ["plugin", "version", "because", "restarts", "tookMs"],
  },
  "plugin.gave_up": {
    when: "a plugin used up its restarts and is left alone; what needs it was stopped",
    data: ["plugin", "version", "restarts", "periodMs", "reason", "stopped"],
  },
  "plugin.stopped": { when: "a plugin was stopped, and its code dropped", data: ["plugin", "version"] },
  "plugin.reloaded": {
    when: "another version of a plugin serves, on probation",
    data: ["plugin", "version", "before", "generation", "dependents", "tookMs", "heldMs"],
  },
  "plugin.reload_failed": {
    when: "another version was refused; the one before never stopped",
    data: ["plugin", "version", "refused", "step", "code", "message"],
  },
  "plugin.rolled_back": {
    when: "another version failed its probation; the one before serves again",
    data: ["plugin", "version", "refused", "step", "code", "message"],
  },
  "plugin.paused": {
    when: "a plugin's calls wait for another one that it requires",
    data: ["plugin", "provider", "reason"],
  },
  "plugin.degraded": {
    when: "a plugin goes on without another one that it uses",
    data: ["plugin", "provider", "reason"],
  },
  "plugin.resumed": { when: "what a plugin waited for, or lacked, is back", data: ["plugin", "provider", "reason"] },
  "plugin.unresponsive": {
    when: "a plugin's event loop has not answered for so long; it is ended at its limit",
    data: ["plugin", "version", "generation", "silentMs"],
  },
  "plugin.responsive": {
    when: "a plugin that was unresponsive answers again, after so long",
    data: ["plugin", "version", "generation", "silentMs"],
  },
  "plugin.stuck": {
    when: "a plugin was ended and runs on, in native code or a system call; it gets no calls",
    data: ["plugin", "version", "generation", "reason"],
  },
  "plugin.freed": {
    when: "what was stuck has ended after all",
    data: ["plugin", "version", "generation"],
  },
  "plugin.health": {
    when: "a plugin is healthy, degraded or unhealthy, and was not before",
    data: ["plugin", "health", "before", "message"],
  },
  "host.health": {
    when: "the same of something that the host looks at itself: storage, disk, event-loop",
    data: ["check", "health", "before", "message"],
  },
  "alert.raised": {
    when: "a figure was a problem for as long as a rule says",
    data: ["rule", "severity", "plugin", "metric", "value", "above", "since", "message"],
  },
  "alert.cleared": {
    when: "it is none any more, for as long",
    data: ["rule", "severity", "plugin", "metric", "value", "above", "since", "message"],
  },
  "plugin.limit": {
    when: "a plugin went past a limit",
    data: ["plugin", "limit", "allowed", "used", "action"],
  },
  "config.changed": {
    when: "a changed configuration holds, for these plugins and keys; for others from the next start on",
    data: ["plugins", "keys", "needsRestart"],
  },
  "config.refused": {
    when: "a changed configuration could not be used; everything is as it was",
    data: ["plugin", "code", "message"],
  },
} as const satisfies Record<string, { when: string; data: readonly string[] }>;

/** One of {@link SYSTEM_EVENTS}. */
export type SystemSubject = keyof typeof SYSTEM_EVENTS;

/** Publishes as the host. */
export function publishSystemEvent(events: Pick<EventBus, "publish">, subject: SystemSubject, data: JsonObject): void {
  events.publish({ subject, data, from: "host" });
}

/** Tells of every move of a plugin's life, until disposed. */
export function tellOfMoves(plugin: ManagedPlugin, events: Pick<EventBus, "publish">): Disposable {
  return plugin.onDidMove((move) => {
    const subject = subjectOf(move, plugin.failure !== undefined);
    // That somebody asks for what the operator switched off is no failure of it.
    if (!subject || (subject === "plugin.failed" && isHostError(plugin.failure, "PLUGIN_DISABLED"))) return;
    const about = { plugin: plugin.name, version: plugin.manifest.plugin.version };
    publishSystemEvent(
      events,
      subject,
      subject === "plugin.failed" ? { ...about, ...reasonOf(plugin.failure) } : about,
    );
  });
}

/** Tells how a reload ended; one that changed nothing is no news. */
export function tellOfReload(report: ReloadReport, events: Pick<EventBus, "publish">): void {
  const { plugin, outcome, serving, other, failed, dependents, tookMs, heldMs } = report;
  if (outcome === "unchanged") return;
  const about: JsonObject = { plugin, version: serving?.version ?? null };
  if (outcome === "reloaded") {
    return publishSystemEvent(events, "plugin.reloaded", {
      ...about,
      before: other?.version ?? null,
      generation: serving?.generation ?? null,
      dependents: [...dependents],
      tookMs: Math.round(tookMs),
      heldMs: Math.round(heldMs),
    });
  }
  publishSystemEvent(events, outcome === "refused" ? "plugin.reload_failed" : "plugin.rolled_back", {
    ...about,
    refused: other?.version ?? null,
    step: failed?.step ?? null,
    ...reasonOf(failed?.error),
  });
}

const MOVES: Partial<Record<LifecycleMove["step"], SystemSubject>> = {
  activate: "plugin.active",
  fail: "plugin.failed",
  unload: "plugin.stopped",
};

/** @param hasFailed A plugin that cannot be loaded passes through `loaded` on its way to `failed`. */
function subjectOf({ step }: LifecycleMove, hasFailed: boolean): SystemSubject | undefined {
  if (step === "load") return hasFailed ? undefined : "plugin.loaded";
  return MOVES[step];
}

function reasonOf(error: unknown): JsonObject {
  return {
    code: isHostError(error) ? error.code : "PLUGIN_FAILED",
    message: neutraliseLine(errorMessage(error), 1_000),
  };
}
