import type { LivePlugin } from "@berth/control";

type Supervision = LivePlugin["supervision"];

/** What is worth a note of a plugin's restarts: that it waits for the next, or was given up. */
export function supervisionNote(supervision: Supervision): string | undefined {
  if (supervision?.state === "gave-up") return `given up: ${supervision.lastExit?.reason ?? "it ended by itself"}`;
  if (supervision?.nextAttemptAt === undefined) return undefined;
  const at = new Date(supervision.nextAttemptAt).toTimeString().slice(0, 8);
  return `started again at ${at}: ${supervision.lastExit?.reason ?? "what it needs ended by itself"}`;
}

/** All there is to say of them, in a line. */
export function supervisionText(supervision: Supervision, nowMs: number): string {
  if (supervision === undefined || (supervision.restarts === 0 && supervision.lastExit === undefined)) return "none";
  const { state, restarts, lastExit, nextAttemptAt } = supervision;
  const times = restarts === 1 ? "once" : `${restarts} times`;
  const last = lastExit
    ? `; last ended ${new Date(lastExit.at).toISOString()} (${lastExit.kind}): ${lastExit.reason}`
    : "";
  const next = nextAttemptAt === undefined ? "" : `; the next attempt is in ${seconds(nextAttemptAt - nowMs)}`;
  return `${times}${last}${next}${state === "gave-up" ? "; given up" : ""}`;
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 100) / 10)} s`;
}
