import type { Clock } from "@berth/base";
import type { LimitEvent } from "@berth/kernel/runner";

/** A plugin that knocks at a limit a thousand times a second has one story to tell, not a thousand. */
const ONCE_IN_MS = 1_000;

/** Passes on that limits were hit: each at most once a second. */
export function limitTeller(clock: Clock, onLimit: (event: LimitEvent) => void): (event: LimitEvent) => void {
  const toldAt = new Map<LimitEvent["limit"], number>();
  return (event) => {
    const now = clock.monotonicMs();
    if (now - (toldAt.get(event.limit) ?? -Infinity) < ONCE_IN_MS) return;
    toldAt.set(event.limit, now);
    onLimit(event);
  };
}
