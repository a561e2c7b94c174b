import type { HostError } from "@berth/contract";
import type { Span } from "../tracing/span.ts";
import type { Attempt } from "./attempt.ts";
import type { Breaker } from "./breaker.ts";
import { Declined, Unavailable } from "./declined.ts";
import type { CachedAnswer } from "./fallback.ts";
import type { Outcome } from "./outcome.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** What a caller may say with a call. */
export interface CallOptions {
  /** Gives the call up when it fires. */
  signal?: AbortSignal;
  /** Who calls, as the callee will see it; `host` when the host calls for itself. */
  caller?: string;
  /**
   * What the caller may ask of the callee, where it acts for somebody who may less than itself; default what the endpoint knows
   * of the caller.
   */
  permissions?: readonly string[];
  /** Passed on from the call or run this one belongs to; else it gets one of its own. */
  correlationId?: string;
  /** When the caller's own time is over, milliseconds since 1970: no attempt and no wait goes past it. */
  deadline?: number;
  /** The span it is done in; set by an endpoint that traces. */
  span?: Span;
  /** Of the plugin by which the chain of calls began that this one is part of; its retries are taken from there as well. */
  budget?: RetryBudget | undefined;
  /** The caller goes on without an answer: where the callee is broken, the call ends with an {@link Unavailable}, and does not fail. */
  optional?: boolean;
}

/** One call on its way through an endpoint. */
export class Call {
  readonly input: unknown;
  readonly options: CallOptions;
  readonly startedMs: number;
  /** Tells whoever made the call: the value, or an outcome if they have no use for a rejection. */
  readonly #resolve: (answer: unknown) => void;
  readonly #reject: ((error: HostError) => void) | undefined;
  attempts = 0;
  /** The attempt under way. */
  attempt: Attempt | undefined = undefined;
  /** The one that it has to pass. */
  breaker: Breaker | undefined = undefined;
  /** The breaker's ticket; -1 before it was let in. */
  ticket = -1;
  hasPlace = false;
  /** The wait between attempts or in the queue. */
  waiting: Disposable | undefined = undefined;
  /** Its ear at the caller's signal. */
  listening: Disposable | undefined = undefined;
  readonly #newCorrelationId: () => string;
  #correlationId: string | undefined = undefined;

  /** Without `reject` it is an outcome that is wanted, whatever happens. */
  constructor(
    input: unknown,
    options: CallOptions,
    startedMs: number,
    newCorrelationId: () => string,
    resolve: (answer: unknown) => void,
    reject: ((error: HostError) => void) | undefined,
  ) {
    this.input = input;
    this.options = options;
    this.startedMs = startedMs;
    this.#newCorrelationId = newCorrelationId;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get caller(): string {
    return this.options.caller ?? "host";
  }

  get correlationId(): string {
    return this.options.correlationId ?? (this.#correlationId ??= this.#newCorrelationId());
  }

  /** It waits for nothing more. */
  end(): void {
    this.waiting?.[Symbol.dispose]();
    this.listening?.[Symbol.dispose]();
  }

  answer(value: unknown, durationMs: number): void {
    if (this.#reject) return this.#resolve(value);
    const { attempts } = this;
    if (value instanceof Unavailable) {
      this.#tell({ kind: "declined", reason: value.reason, error: value.error, attempts, durationMs });
    } else if (value instanceof Declined) this.#tell({ kind: "declined", reason: value.reason, attempts, durationMs });
    else this.#tell({ kind: "fresh", value, attempts, durationMs });
  }

  answerFromCache(cached: CachedAnswer<unknown> & { ageMs: number }, error: HostError, durationMs: number): void {
    if (this.#reject) return this.#resolve(cached.value);
    const { value, storedAt, ageMs } = cached;
    this.#tell({ kind: "cached", value, storedAt, ageMs, error, attempts: this.attempts, durationMs });
  }

  fail(error: HostError, durationMs: number): void {
    if (this.#reject) this.#reject(error);
    else this.#tell({ kind: "failed", error, attempts: this.attempts, durationMs });
  }

  #tell(outcome: Outcome<unknown>): void {
    this.#resolve(outcome);
  }
}
