import type { LogEntry } from "@berth/contract";

/** Far more than the host keeps; what a loop writes in one turn would all have to be read by the host before anything else. */
const MOST_LINES = 1_000;
const WINDOW_MS = 100;
/** As much as the host keeps of a line. */
const MOST_CHARACTERS = 16_384;

/** Passes log lines on, so many in a moment at most. That there were more is said once for each such moment. */
export function boundLog(send: (entry: LogEntry) => void, now: () => number = Date.now): (entry: LogEntry) => void {
  let beganMs = -Infinity;
  let lines = 0;
  return (entry) => {
    const nowMs = now();
    // Also when the clock was set back.
    if (Math.abs(nowMs - beganMs) >= WINDOW_MS) {
      beganMs = nowMs;
      lines = 0;
    }
    lines++;
    if (lines <= MOST_LINES) send(cut(entry));
    else if (lines === MOST_LINES + 1) {
      const message = `More than ${MOST_LINES} log lines within ${WINDOW_MS} ms: those that follow in that time are lost`;
      send({ level: "warn", message });
    }
  };
}

function cut(entry: LogEntry): LogEntry {
  const { message } = entry;
  if (typeof message !== "string" || message.length <= MOST_CHARACTERS) return entry;
  return { ...entry, message: `${message.slice(0, MOST_CHARACTERS - 1)}…` };
}
