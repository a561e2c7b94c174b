import { type Clock, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Change } from "./change.ts";

/** How long calls are held at first for those under way to end; each try that is in vain doubles it. */
const FIRST_HOLD_MS = 250;
/** Callers take a second for slow, and more for broken. */
const MOST_HOLD_MS = 1_000;

/** Plugins whose calls are held, and have none under way that matter. */
export interface QuietHold extends Disposable {
  /** How long calls were held up to now, in all tries. */
  heldMs(): number;
}

/**
 * Holds the calls of all plugins and waits for those under way, dependents first: their calls may need what they depend on. When they do
 * not end soon everything goes on for a while, and it is tried again; callers notice a reload that way by a short wait at most.
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
    const held = await tryHold(changes, clock, limitMs);
    const heldMs = clock.monotonicMs() - since;
    if (held) return Object.assign(held, { heldMs: () => heldBeforeMs + clock.monotonicMs() - since });
    heldBeforeMs += heldMs;
    spentMs += 2 * limitMs;
    if (spentMs >= drainMs) throw putOff(changes, drainMs);
    await sleep(clock, limitMs, signal);
  }
}

async function tryHold(changes: readonly Change[], clock: Clock, limitMs: number): Promise<Disposable | undefined> {
  using holds = new DisposableStack();
  const untilMs = clock.monotonicMs() + limitMs;
  for (const { plugin, before } of changes.toReversed()) {
    holds.use(plugin.hold({ reason: "it is being replaced" }));
    if (!before.generation.channel.keepsState) continue;
    const isQuiet = await before.generation.inFlight.drained(clock, Math.max(0, untilMs - clock.monotonicMs()));
    if (!isQuiet) return undefined;
  }
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
