import { neutraliseLine } from "@berth/base";
import type { EventBus } from "@berth/kernel/events";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { GenerationPulse } from "@berth/kernel/watchdog";
import { publishSystemEvent, type SystemSubject } from "../events/system-events.ts";
import type { Log } from "../log/index.ts";

const SUBJECTS = {
  unresponsive: "plugin.unresponsive",
  responsive: "plugin.responsive",
  stuck: "plugin.stuck",
  freed: "plugin.freed",
} as const satisfies Record<GenerationPulse["kind"], SystemSubject>;

/** Says in the log, and as an event, what the watchdog finds out about a plugin; until disposed. */
export function tellPulses(plugin: ManagedPlugin, events: Pick<EventBus, "publish">, log: Log): Disposable {
  return plugin.onDidPulse((pulse) => {
    const { kind, generation } = pulse;
    const about = { plugin: plugin.name, version: plugin.manifest.plugin.version, generation };
    const figures = "silentMs" in pulse ? { silentMs: Math.round(pulse.silentMs) } : {};
    const reason = kind === "stuck" ? { reason: neutraliseLine(pulse.reason, 500) } : {};
    const level = kind === "unresponsive" || kind === "stuck" ? "warn" : "info";
    log.write(level, `Plugin "${plugin.name}" ${sentence(pulse)}`, { ...about, ...figures });
    publishSystemEvent(events, SUBJECTS[kind], { ...about, ...figures, ...reason });
  });
}

function sentence(pulse: GenerationPulse): string {
  const whose = `generation ${pulse.generation}`;
  if (pulse.kind === "unresponsive")
    return `has not answered for ${seconds(pulse.silentMs)}: its event loop is blocked`;
  if (pulse.kind === "responsive") return `answers again, after ${seconds(pulse.silentMs)}`;
  if (pulse.kind === "freed") return `is not stuck any more: ${whose} has ended after all`;
  return `is stuck: ${whose} cannot be ended, runs on and gets no calls (${neutraliseLine(pulse.reason, 500)})`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
