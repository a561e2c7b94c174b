import { type Clock, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Change } from "./change.ts";

/** How long calls are held at first for those under way to end; each try that is in vain doubles it. */
const FIRST_HOLD_MS = 250;
/** Callers take a second for slow, and more for broken. */
const MOST_HOLD_MS = 1_000;

/** Listeners and timers may have work that never ends; they are waited for while no more than this was spent. */
const MOST_FOR_DELIVERIES_MS = 2_000;

/** Plugins whose calls are held, and have none under way that matter. */
export interface QuietHold extends Disposable {
  /** How long calls were held up to now, in all tries. */
  heldMs(): number;
}

/**
 * Holds what reaches all plugins and waits for what is under way, dependents first: they may need what they depend on. Listeners and timers
 * come before calls, which they may make. When that does not end soon everything goes on for a while, and it is tried again; callers notice
 * a reload that way by a short wait at most.
 *
 * Of a plugin that hands no state on nothing under way matters: its calls end where they began.
 *
 * @throws HostError `RELOAD_PUT_OFF` when calls under way do not end within the drain time.
 */
export async function holdQuiet(changes: readonly Change[], clock: Clock, signal: AbortSignal): Promise<QuietHold> {
  const drainMs = Math.max(...changes.map(({ before }) => before.generation.drainMs));
  let heldBeforeMs = 0;
  let spentMs = 0;
  for (let holdMs = FIRST_HOLD_MS; ; holdMs = Math.min(2 * holdMs, MOST_HOLD_MS)) {
    signal.throwIfAborted();
    const since = clock.monotonicMs();
    const limitMs = Math.min(holdMs, drainMs - spentMs);
    const heeds = spentMs < MOST_FOR_DELIVERIES_MS;
    const held = await tryHold({ changes, clock, limitMs, heedsDeliveries: heeds, signal });
    const heldMs = clock.monotonicMs() - since;
    if (held) return Object.assign(held, { heldMs: () => heldBeforeMs + clock.monotonicMs() - since });
    heldBeforeMs += heldMs;
    spentMs += 2 * limitMs;
    if (spentMs >= drainMs) throw putOff(changes, drainMs);
    await sleep(clock, limitMs, signal);
  }
}

interface HoldTry {
  changes: readonly Change[];
  clock: Clock;
  limitMs: number;
  heedsDeliveries: boolean;
  signal: AbortSignal;
}

async function tryHold({ changes, clock, limitMs, heedsDeliveries, signal }: HoldTry): Promise<Disposable | undefined> {
  using holds = new DisposableStack();
  using paused = new DisposableStack();
  const untilMs = clock.monotonicMs() + limitMs;
  const remainingMs = (): number => Math.max(0, untilMs - clock.monotonicMs());
  for (const { plugin, before } of changes.toReversed()) {
    const { generation } = before;
    const { keepsState } = generation.channel;
    if (keepsState && heedsDeliveries) {
      generation.pause();
      paused.defer(() => generation.serve());
      if (!(await generation.quiet(remainingMs(), signal))) return undefined;
    }
    holds.use(plugin.hold({ reason: "it is being replaced" }));
    if (keepsState && !(await generation.inFlight.drained(clock, remainingMs()))) return undefined;
  }
  // They stay so until whichever serves afterwards is told.
  paused.move();
  return holds.move();
}

function putOff(changes: readonly Change[], drainMs: number): HostError {
  const busy = changes.filter(({ before }) => before.generation.inFlight.count > 0).map(({ plugin }) => plugin.name);
  return new HostError(
    "RELOAD_PUT_OFF",
    `Cannot replace plugin "${changes[0]!.plugin.name}" now: calls of ${busy.join(", ")} did not end within ${drainMs / 1_000} s`,
    { details: { busy } },
  );
}
