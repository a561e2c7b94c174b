import type { Clock } from "@berth/base";
import type { FallbackPolicy } from "./policy.ts";

/** An answer kept from an earlier call. */
export interface CachedAnswer<T> {
  value: T;
  /** Milliseconds since 1970. */
  storedAt: number;
}

/** Where an endpoint keeps its answers. An error thrown by either goes to `onHookError`: the call itself is not touched by it. */
export interface FallbackCache<I, T> {
  read(input: I): CachedAnswer<T> | undefined | Promise<CachedAnswer<T> | undefined>;
  write(input: I, answer: CachedAnswer<T>): void | Promise<void>;
  /** Whether there is nothing to write while the policy lets no answer stand in. */
  readonly isKeptOnlyIfUsed?: boolean;
}

/** Keeps every answer, and lets one stand in for a failed call if the policy allows it and it is young enough. */
export class Fallback {
  readonly #cache: FallbackCache<unknown, unknown>;
  #policy: FallbackPolicy;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;

  constructor(
    cache: FallbackCache<unknown, unknown>,
    policy: FallbackPolicy,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.#cache = cache;
    this.#policy = policy;
    this.#clock = clock;
    this.#onError = onError;
  }

  adapt(policy: FallbackPolicy): void {
    this.#policy = policy;
  }

  /** Whether it wants to keep answers just now. */
  get isKeeping(): boolean {
    return this.#policy.useCached || this.#cache.isKeptOnlyIfUsed !== true;
  }

  async keep(input: unknown, value: unknown): Promise<void> {
    try {
      await this.#cache.write(input, { value, storedAt: this.#clock.now() });
    } catch (error) {
      this.#onError(error);
    }
  }

  async standIn(input: unknown): Promise<(CachedAnswer<unknown> & { ageMs: number }) | undefined> {
    if (!this.#policy.useCached) return undefined;
    try {
      const cached = await this.#cache.read(input);
      if (cached === undefined) return undefined;
      // The clock may have been set back since; an answer from the future is as good as new.
      const ageMs = Math.max(0, this.#clock.now() - cached.storedAt);
      return ageMs <= this.#policy.maxAgeMs ? { ...cached, ageMs } : undefined;
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }
}
