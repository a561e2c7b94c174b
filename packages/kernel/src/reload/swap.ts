import { type Clock, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Change, SwapPart } from "./change.ts";
import { holdQuiet } from "./hold-quiet.ts";
import { inOrder } from "./in-order.ts";
import { ReloadFailure, type ReloadSteps } from "./steps.ts";

/** What {@link swapGenerations} needs. */
export interface SwapOptions {
  /** What is replaced together: what others depend on first. All of them serve. */
  parts: readonly SwapPart[];
  clock: Clock;
  steps: ReloadSteps;
  signal: AbortSignal;
  /** Done while the new generations open; when it fails, nothing is replaced. */
  beside?: (() => Promise<void>) | undefined;
  /** Waited for before anything that serves is touched; what was begun is given up when it rejects. */
  ready?: () => Promise<void>;
  /** Called in the moment of the switch, before any call goes on: from then on somebody must watch over what serves. */
  onSwitched?: (changes: readonly Change[]) => void;
}

/** A reload that was made. */
export interface Swap {
  changes: readonly Change[];
  /** How long calls were held. */
  heldMs: number;
}

/** How long calls may be held for the handover. */
const HANDOVER_LIMIT_MS = 5_000;

/**
 * Replaces generations as one transaction: all new ones are open and well before the first one serves, state is handed over while calls are
 * held, and then all serve at once. The old ones stay, retired, for the caller to end or to put back.
 *
 * @throws ReloadFailure naming the step; everything is as it was then.
 */
export async function swapGenerations({
  parts,
  clock,
  steps,
  signal,
  beside,
  ready,
  onSwitched,
}: SwapOptions): Promise<Swap> {
  try {
    const changes = await stageBeside(parts, steps, signal, beside);
    await ready?.();
    await steps.enter("hold");
    const heldMs = await underHold(changes, clock, signal, async (within) => {
      await handOver(changes, steps, within);
      await checkHealth(changes, steps, within);
      await steps.enter("switch");
      within.throwIfAborted();
      switchAll(changes);
      onSwitched?.(changes);
    });
    await Promise.all(changes.map(({ plugin, after }) => plugin.tidy(after.generation)));
    return { changes, heldMs };
  } catch (error) {
    const ended = unstageAll(parts);
    throw new ReloadFailure(parts[0]!.plugin.name, steps.step, error, ended);
  }
}

/** What fails beside ends the opening; a failed opening waits for nothing beside it. */
async function stageBeside(
  parts: readonly SwapPart[],
  steps: ReloadSteps,
  signal: AbortSignal,
  beside: () => Promise<void> = async () => undefined,
): Promise<Change[]> {
  const stop = new AbortController();
  const staging = stageAll(parts, steps, AbortSignal.any([signal, stop.signal]));
  const done = beside().catch((error: unknown) => stop.abort(error));
  const changes = await staging;
  await done;
  stop.signal.throwIfAborted();
  return changes;
}

/** In the order of the parts. */
async function stageAll(parts: readonly SwapPart[], steps: ReloadSteps, signal: AbortSignal): Promise<Change[]> {
  const staged = new Map<SwapPart, Change>();
  const works = parts.map((part) => ({
    name: part.plugin.name,
    needs: part.needs ?? [],
    run: async () => void staged.set(part, await stage(part, steps, signal)),
  }));
  await inOrder(works);
  return parts.map((part) => staged.get(part)!);
}

async function stage({ plugin, code, ...part }: SwapPart, steps: ReloadSteps, signal: AbortSignal): Promise<Change> {
  const { serving, code: codeBefore } = plugin;
  if (!serving) throw notServing(plugin.name);
  const generation = await steps.beside((enter) => plugin.stage(code, enter, signal));
  generation.follow(serving);
  return { plugin, before: { code: codeBefore, generation: serving }, after: { code, generation }, ...part };
}

async function underHold(
  changes: readonly Change[],
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  using hold = await holdQuiet(changes, clock, signal);
  pauseAll(changes);
  try {
    await runWithin({ clock, limitMs: HANDOVER_LIMIT_MS, signal, onTimeout: tooLong }, work);
  } catch (error) {
    for (const { before } of changes) before.generation.serve();
    throw error;
  }
  return hold.heldMs();
}

/** Also the one at which it failed. */
async function unstageAll(parts: readonly SwapPart[]): Promise<void> {
  await Promise.allSettled(parts.map(({ plugin }) => plugin.unstage()));
}

/** From now on what comes for the old generation waits for whichever will serve. */
function pauseAll(changes: readonly Change[]): void {
  for (const { before, after } of changes) {
    before.generation.pause();
    after.generation.pause();
  }
}

async function handOver(changes: readonly Change[], steps: ReloadSteps, signal: AbortSignal): Promise<void> {
  await steps.enter("handover");
  const works = changes.map((change) => ({
    name: change.plugin.name,
    needs: change.needs ?? [],
    run: async () => {
      change.state ??= await change.before.generation.saveState(signal);
      if (change.state) await change.after.generation.restoreState(change.state, signal);
    },
  }));
  await inOrder(works);
}

async function checkHealth(changes: readonly Change[], steps: ReloadSteps, signal: AbortSignal): Promise<void> {
  await steps.enter("health");
  await Promise.all(changes.map((change) => assertWell(change, signal)));
}

async function assertWell({ plugin, after }: Change, signal: AbortSignal): Promise<void> {
  const { health, message } = await after.generation.health(signal);
  if (health !== "unhealthy") return;
  const why = message === undefined ? "" : `: ${message}`;
  throw new HostError("RELOAD_FAILED", `Cannot replace plugin "${plugin.name}": the new version is unhealthy${why}`);
}

/** All or none; nothing else runs in between. */
function switchAll(changes: readonly Change[]): void {
  for (const { plugin, before, after } of changes) {
    if (plugin.serving !== before.generation) throw notServing(plugin.name);
    if (after.generation.isGone) throw notThere(plugin.name);
  }
  for (const { plugin, before, after } of changes) plugin.replace(before.generation, after.code, after.generation);
  for (const { before, after } of changes) {
    before.generation.retire();
    after.generation.serve();
  }
}

function notServing(plugin: string): HostError {
  return new HostError(
    "RELOAD_FAILED",
    `Cannot replace plugin "${plugin}": it was stopped, or ended by itself, meanwhile`,
  );
}

function notThere(plugin: string): HostError {
  return new HostError("RELOAD_FAILED", `Cannot replace plugin "${plugin}": the new version ended by itself`);
}

function tooLong(): Error {
  return new HostError("CALL_DEADLINE_EXCEEDED", `The handover took longer than ${HANDOVER_LIMIT_MS / 1_000} s`);
}
