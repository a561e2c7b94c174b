import { AssertionError } from "node:assert";
import type { ManualClock } from "@berth/base";

/** What {@link expectNoLeaks} looks at beside the process. */
export interface LeakCheckOptions {
  /** Its timers count too. */
  clock?: ManualClock;
  /** How long what was closed may take to be gone, ms. Default 1,000. */
  settleMs?: number;
}

/**
 * Runs `work` and fails if it left anything behind that keeps a process alive: timers, sockets, servers, file watchers, children,
 * workers. What was there before may go, nothing may be added.
 *
 * @example
 * await expectNoLeaks(async () => {
 *   await using host = await createTestHost();
 *   await host.start(AbortSignal.timeout(1_000));
 * });
 */
export async function expectNoLeaks<T>(work: () => Promise<T>, options: LeakCheckOptions = {}): Promise<T> {
  const { clock, settleMs = 1_000 } = options;
  const before = resources(clock);
  const result = await work();
  const until = performance.now() + settleMs;
  let left = added(before, resources(clock));
  while (left.length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    left = added(before, resources(clock));
  }
  if (left.length === 0) return result;
  throw new AssertionError({ message: `Left behind: ${left.join(", ")}`, stackStartFn: expectNoLeaks });
}

/** How many of each kind keep the process alive. */
function resources(clock: ManualClock | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (clock) counts.set("ManualClock timer", clock.pendingTimers);
  return counts;
}

function added(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
}
