/** For so long the clock that gives files their times may be late, as `watcher.c` has it. */
const MOST_LATE_MS = 50;

/** Until what changed before now is older than anything that is watched next. */
export async function pastTick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, MOST_LATE_MS + 5));
}
