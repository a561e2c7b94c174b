import { type Clock, neutraliseLine, runWithin } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import { malformed, reasonOf } from "./capability-errors.ts";
import { describeUse, type Use, type UsedEvent } from "./usage/use.ts";

/** The capabilities, as events and the ledger name them. */
export type CapabilityName =
  | "fetch"
  | "connect"
  | "files"
  | "exec"
  | "store"
  | "secrets"
  | "env"
  | "services"
  | "events"
  | "schedule"
  | "log";

/** A plugin tried something it was not granted. */
export interface DeniedEvent {
  /** Milliseconds since 1970. */
  at: number;
  plugin: string;
  instanceId: string;
  capability: CapabilityName;
  /** What it tried, one harmless line: `GET http://127.0.0.1:80`, `read /etc/passwd`. */
  what: string;
  /** The same, for the ledger. */
  use: Use;
}

/** What {@link CapabilityScope} needs. */
export interface CapabilityScopeOptions {
  plugin: { name: string };
  instanceId: string;
  clock: Clock;
  onDenied: (event: DeniedEvent) => void;
  /** Hears of every use that was allowed; must be quick. */
  onUsed?: ((event: UsedEvent) => void) | undefined;
  /** The lifetime of the generation; when it fires, everything ends. */
  signal?: AbortSignal | undefined;
}

/** A killed program needs 2 s of grace and a moment; whatever takes longer is not waited for. */
const CLOSE_LIMIT_MS = 5_000;

/**
 * Owns what one instance does through its capabilities. Every call runs in {@link run}; closing cancels all of them, ends what
 * they opened, and waits until they are really over.
 */
export class CapabilityScope implements AsyncDisposable {
  readonly clock: Clock;
  readonly #options: CapabilityScopeOptions;
  readonly #running = new Map<Promise<unknown>, (reason: Error) => void>();
  readonly #owned = new Set<() => void | Promise<void>>();
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(options: CapabilityScopeOptions) {
    this.#options = options;
    this.clock = options.clock;
    if (options.signal?.aborted) this.#closeSoon();
    else options.signal?.addEventListener("abort", this.#closeSoon, { once: true });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Tells of a denial and gives the error for it. `sentence` is for the plugin; `use`, for the operator, may say more, and `what` puts
   * that into other words.
   */
  deny(capability: CapabilityName, use: Use, sentence: string, { what: words }: { what?: string } = {}): HostError {
    const { plugin, instanceId, onDenied } = this.#options;
    const what = neutraliseLine(words ?? describeUse(use), 500);
    try {
      onDenied({ at: this.clock.now(), plugin: plugin.name, instanceId, capability, what, use });
    } catch {
      // A denial stays one, whatever becomes of the report.
    }
    return new HostError("PERMISSION_DENIED", sentence, { details: { plugin: plugin.name, capability, what } });
  }

  /** Tells of something that was allowed, by `entry` of the grant if it needed one. */
  used(capability: CapabilityName, use: Use, entry?: string): void {
    const { plugin, instanceId, onUsed } = this.#options;
    try {
      onUsed?.({
        at: this.clock.now(),
        plugin: plugin.name,
        instanceId,
        capability,
        what: use,
        entry,
        outcome: "allowed",
      });
    } catch {
      // What was allowed is done, whatever becomes of the report.
    }
  }

  /**
   * Calls `end` when the plugin ends, or earlier when the result is disposed; once either way. Refused when the plugin is already
   * gone.
   */
  own(end: () => void | Promise<void>): Disposable {
    this.#assertOpen();
    this.#owned.add(end);
    return { [Symbol.dispose]: () => void (this.#owned.delete(end) && end()) };
  }

  /**
   * Runs one call. It settles at once when the caller gives up or the plugin ends, with `CALL_CANCELLED` or the caller's own
   * reason; the work itself is told by its signal, and waited for when the scope closes.
   */
  async run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#assertOpen();
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw malformed("Cannot go on: signal is no AbortSignal");
    if (signal?.aborted) throw cancelled(signal.reason);
    const controller = new AbortController();
    const givenUp = Promise.withResolvers<never>();
    const cancel = (reason: unknown): void => {
      givenUp.reject(cancelled(reason)); // before the work hears of it, so that its own complaint comes second
      controller.abort(cancelled(reason));
    };
    const onAbort = (): void => cancel(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const running = settle(work, controller.signal);
    this.#running.set(running, cancel);
    try {
      return await Promise.race([running, givenUp.promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      void running.then(this.#forget(running), this.#forget(running));
    }
  }

  #forget(running: Promise<unknown>): () => void {
    return () => void this.#running.delete(running);
  }

  readonly #closeSoon = (): void => void this[Symbol.asyncDispose]();

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    this.#options.signal?.removeEventListener("abort", this.#closeSoon);
    for (const cancel of this.#running.values()) cancel(gone());
    const ends = [...this.#owned].reverse();
    this.#owned.clear();
    const isOver = Promise.allSettled([...ends.map(async (end) => await end()), ...this.#running.keys()]);
    // Out of time is no failure of whoever stops the plugin: what is left has been told to end and has no way back.
    await runWithin({ clock: this.clock, limitMs: CLOSE_LIMIT_MS, onTimeout: gone }, () => isOver).catch(
      () => undefined,
    );
  }

  #assertOpen(): void {
    if (this.isClosed) throw gone();
  }
}

async function settle<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work(signal);
  } catch (error) {
    if (isHostError(error)) throw error;
    throw new HostError("CAPABILITY_FAILED", `The host could not do it: ${reasonOf(error)}`, { cause: error });
  }
}

function gone(): HostError {
  return new HostError("CALL_CANCELLED", "The call was cancelled: the plugin was stopped");
}

/** A caller that gives a typed reason (a deadline) hears that reason. */
function cancelled(reason: unknown): HostError {
  if (isHostError(reason)) return reason;
  return new HostError("CALL_CANCELLED", "The call was cancelled: the caller gave up", { cause: reason });
}
