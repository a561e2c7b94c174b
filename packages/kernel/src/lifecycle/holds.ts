import type { Clock } from "@berth/base";
import { HostError } from "@berth/contract";

/** More than this are an overload, and are refused. */
export const MOST_HELD = 10_000;

/** Keeps the calls of a plugin waiting until disposed. */
export interface Hold extends Disposable {
  /** What a call is told that waited for too long. */
  readonly reason: string;
  /** Lets go, and tells those who wait that they wait in vain. */
  fail(error: HostError): void;
}

/** How a plugin is held. */
export interface HoldOptions {
  /** What calls are told that waited in vain, as the end of a sentence: `it is being replaced`. */
  reason: string;
  /** How long a call waits at most. Default: as long as its caller does. */
  limitMs?: number;
  /** Asked for each call that comes: the error for one that is not even to wait. */
  refuse?: () => HostError | undefined;
  /** What a call is told that waited in vain. Default: the reason. */
  error?: () => HostError;
}

/** Who keeps the calls of one plugin waiting, and who waits. Several may hold it at a time; the last one to let go frees it. */
export class Holds {
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #holds = new Set<Hold & HoldOptions>();
  readonly #waiting = new Set<{ free: () => void; fail: (error: HostError) => void }>();

  constructor(plugin: string, clock: Clock) {
    this.#plugin = plugin;
    this.#clock = clock;
  }

  get isHeld(): boolean {
    return this.#holds.size > 0;
  }

  /** What the first of the holds says. */
  get reason(): string | undefined {
    return this.#holds.values().next().value?.reason;
  }

  hold(options: HoldOptions): Hold {
    const hold: Hold & HoldOptions = {
      ...options,
      fail: (error) => {
        this.#holds.delete(hold);
        for (const waiting of this.#waiting) waiting.fail(error);
      },
      [Symbol.dispose]: () => this.#release(hold),
    };
    this.#holds.add(hold);
    return hold;
  }

  /** Resolves when nobody holds the plugin. @throws HostError when that takes too long, or too many wait. */
  wait(signal: AbortSignal): Promise<void> {
    const [hold] = this.#holds;
    if (!hold) return Promise.resolve();
    const refused = this.#refused();
    if (refused) return Promise.reject(refused);
    if (this.#waiting.size >= MOST_HELD) {
      return Promise.reject(this.#refusal("CALL_CONCURRENCY_EXCEEDED", `${hold.reason}, and ${MOST_HELD} calls wait`));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const owned = new DisposableStack();
    const end = (settle: () => void): void => {
      owned.dispose();
      settle();
    };
    const waiting = {
      free: () => end(resolve),
      fail: (error: HostError) => end(() => reject(error)),
    };
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    this.#waiting.add(waiting);
    owned.defer(() => this.#waiting.delete(waiting));
    if (hold.limitMs !== undefined) {
      const onTooLong = (): void => end(() => reject(hold.error?.() ?? this.#refusal("PLUGIN_FAILED", hold.reason)));
      owned.use(this.#clock.setTimer(onTooLong, hold.limitMs));
    }
    if (signal.aborted) onAbort();
    else {
      signal.addEventListener("abort", onAbort, { once: true });
      owned.defer(() => signal.removeEventListener("abort", onAbort));
    }
    return promise;
  }

  #refused(): HostError | undefined {
    for (const { refuse } of this.#holds) {
      const error = refuse?.();
      if (error) return error;
    }
    return undefined;
  }

  #release(hold: Hold & HoldOptions): void {
    if (!this.#holds.delete(hold) || this.isHeld) return;
    for (const { free } of this.#waiting) free();
  }

  #refusal(code: "CALL_CONCURRENCY_EXCEEDED" | "PLUGIN_FAILED", why: string): HostError {
    return new HostError(code, `Cannot call plugin "${this.#plugin}": ${why}`);
  }
}
