import type { LivePlugin } from "@berth/control";
import type { Style } from "../../terminal/terminal.ts";

/** How a plugin stands in a host that runs, in a word or two of a table. */
export function liveWord(live: LivePlugin | undefined): { text: string; style: Style } {
  if (!live) return { text: "not in it", style: "yellow" };
  if (!live.enabled) return { text: "disabled", style: "dim" };
  if (live.supervision?.state === "gave-up") return { text: "given up", style: "red" };
  if (live.supervision?.state === "restarting") return { text: "restarting", style: "yellow" };
  if (live.state === "failed") return { text: "failed", style: "red" };
  if (live.state !== "active") return { text: live.state === "unloaded" ? "at rest" : live.state, style: "dim" };
  if (live.health === "unhealthy") return { text: "unhealthy", style: "red" };
  if (live.health === "degraded") return { text: "degraded", style: "yellow" };
  return { text: "active", style: "green" };
}

/** What is to be said of generations that nothing can end, if there are any. */
export function stuckNote({ stuck = [] }: Pick<LivePlugin, "stuck">): string | undefined {
  if (stuck.length === 0) return undefined;
  const which = stuck.length === 1 ? `generation ${stuck[0]} is stuck` : `generations ${stuck.join(", ")} are stuck`;
  return `${which}: in native code or a system call that nothing can end, without calls`;
}
