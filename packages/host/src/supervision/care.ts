import type { ExitKind } from "@berth/contract";
import type { HostError } from "@berth/contract";
import type { Generation, Hold } from "@berth/kernel/lifecycle";

/** How a plugin last ended by itself, or failed to start again. */
export interface LastExit {
  /** Milliseconds since 1970. */
  at: number;
  kind: ExitKind;
  reason: string;
}

/** What is known of one plugin that has ended by itself. */
export class Care {
  state: "watching" | "restarting" | "gave-up" = "watching";
  restarts = 0;
  lastExit: LastExit | undefined;
  /** When it is tried the next time, ms since 1970. */
  nextAttemptAt: number | undefined;
  /** Why it was given up. */
  gaveUp: HostError | undefined;
  /** What was stopped because it left, and is started with it again, providers first. */
  stopped: string[] = [];
  /** What ran when it ended. */
  generation: Generation | undefined;
  /** Its calls are refused, not held: some come from what is being stopped, which waits for them. */
  isRefusing = false;
  /** Keeps its calls waiting. */
  hold: Hold | undefined;
  /** The restart under way; aborted when another takes its place. */
  work: Restarting | undefined;
}

/** A restart under way. */
export interface Restarting {
  readonly over: AbortController;
  /** Who is still to be started, providers first. */
  remaining: readonly string[];
  /** Settles when it is over, however. */
  readonly done: Promise<void>;
}
