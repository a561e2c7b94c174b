import { type Clock, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Work } from "./reload-work.ts";

/** How long it may take to copy a version and to check it, each. */
const READ_LIMIT_MS = 60_000;

/** What has to be known of work to end it when it takes too long. */
type LimitedWork = Pick<Work, "plugin" | "signal"> & { steps: Pick<Work["steps"], "step"> };

/** Does what reads a version. @throws HostError `CALL_DEADLINE_EXCEEDED` naming the step when that takes longer than a minute. */
export function withinReadLimit<T>(
  clock: Clock,
  { plugin, steps, signal }: LimitedWork,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const onTimeout = (): Error =>
    new HostError(
      "CALL_DEADLINE_EXCEEDED",
      `Cannot reload plugin "${plugin.name}": step ${steps.step} took longer than ${READ_LIMIT_MS / 1_000} s`,
    );
  return runWithin({ clock, limitMs: READ_LIMIT_MS, signal, onTimeout }, read);
}
