import type { ContributionKind } from "@berth/contract";
import type { PartialCallPolicy } from "./policy.ts";

const SECOND_MS = 1_000;

/** What is called by programs while somebody waits: short waits, and back soon. */
const PROMPT: PartialCallPolicy = {
  retry: { waitsMs: [50, 100, 200] },
  breaker: { waitsMs: [1, 2, 4, 8, 16, 30].map((seconds) => seconds * SECOND_MS) },
};

/** A breaker that never opens. */
const NEVER = { failureThreshold: Infinity, errorRate: Infinity };

/** What endpoints of a kind do where it differs from `DEFAULT_POLICY`, and neither plugin nor operator says anything. */
export const KIND_POLICIES: Readonly<Record<ContributionKind, PartialCallPolicy>> = {
  source: {},
  layout: { ...PROMPT, deadlineMs: 10 * SECOND_MS }, // pure and local; one that takes longer is broken
  scheduler: { ...PROMPT, deadlineMs: SECOND_MS }, // it holds up what it schedules
  executor: { deadlineMs: Infinity, breaker: NEVER }, // a command takes as long as it takes, and fails as it likes
  output: {},
  command: { deadlineMs: Infinity, breaker: NEVER }, // a person sees it, and may try again
  service: {
    ...PROMPT,
    deadlineMs: Infinity, // each call brings its own
    // Of each caller for itself. A method may fail for what one caller says: only the share counts, not a few in a row.
    breaker: { ...PROMPT.breaker, failureThreshold: Infinity },
    concurrency: { maxInFlight: 1_000, maxQueued: 1_000 },
  },
  integration: {},
  config: PROMPT,
  event: {
    retry: PROMPT.retry!,
    breaker: NEVER, // an event that is not shown to it is lost
    concurrency: { maxInFlight: 1, maxQueued: 100 }, // one after the other
  },
  middleware: { ...PROMPT, concurrency: { maxInFlight: 1_000, maxQueued: 1_000 } },
  handler: { ...PROMPT, concurrency: { maxInFlight: 1_000, maxQueued: 1_000 } },
};

/** Requests by these methods change nothing, by the word of HTTP. */
const SAFE_METHODS: ReadonlySet<unknown> = new Set(["GET", "HEAD", "OPTIONS"]);

/** What answers or decides may be asked twice; what does something may not be done twice. */
const IDEMPOTENT: ReadonlySet<ContributionKind> = new Set<ContributionKind>([
  "source",
  "layout",
  "scheduler",
  "config",
]);

/** Whether a call may be made twice where neither plugin nor operator says so. */
export function isIdempotentByKind(kind: ContributionKind, args: readonly unknown[]): boolean {
  if (kind === "handler") return SAFE_METHODS.has((args[0] as { method?: unknown } | null | undefined)?.method);
  return IDEMPOTENT.has(kind);
}
