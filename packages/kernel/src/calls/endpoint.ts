import type { Clock } from "@berth/base";
import { type CallContext, type HostError, isUnavailable } from "@berth/contract";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import { Breaker, type BreakerState } from "./breaker.ts";
import { Bulkhead } from "./bulkhead.ts";
import { Call, type CallOptions } from "./call.ts";
import { CallerBreakers } from "./caller-breakers.ts";
import { asHostError, callCancelled, callersTimeOver, noPlace, tooFast, withAttempts } from "./call-errors.ts";
import { CallMetrics, type CallMetricsSnapshot } from "./call-metrics.ts";
import * as counter from "./call-metrics.ts";
import { correlationIds } from "./correlation-ids.ts";
import { Declined, Unavailable } from "./declined.ts";
import type { Answer, Endpoint, EndpointHooks, EndpointParts } from "./endpoint-parts.ts";
import type { DeadlineWheel } from "./deadline-wheel.ts";
import { Fallback } from "./fallback.ts";
import type { Outcome } from "./outcome.ts";
import { type CallPolicy, completePolicy, type PartialCallPolicy } from "./policy.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { invokeInSpan, traceCalls } from "../tracing/traced-endpoint.ts";
import { waitBeforeRetryMs } from "./retry.ts";
import { type RetryBudget, takeRetry } from "./retry-budget.ts";

/**
 * Composes the way of every call into one instance of a contribution: permission, breaker, concurrency, retry, deadline, metrics,
 * invoke. Done once; a call then costs two records and one promise of its own, whatever the policies.
 */
export function composeEndpoint<I, R>(parts: EndpointParts<I, R>): Endpoint<I, R> {
  const { tracing, invoke } = parts;
  if (tracing === undefined) return new ComposedEndpoint(parts);
  return traceCalls(new ComposedEndpoint({ ...parts, invoke: invokeInSpan(tracing, invoke) }), tracing);
}

const EVERYTHING: readonly string[] = Object.freeze(["*"]);
const NOTHING: readonly string[] = Object.freeze([]);

function permissionsOfHost(caller: string): readonly string[] {
  return caller === "host" ? EVERYTHING : NOTHING;
}

const NO_OPTIONS: CallOptions = Object.freeze({});

class ComposedEndpoint<I, R> implements Endpoint<I, R>, AttemptOwner {
  readonly name: string;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly invoke: (input: unknown, context: CallContext) => unknown;
  readonly permissionsOf: (caller: string) => readonly string[];
  readonly #permit: ((caller: string, input: I) => void) | undefined;
  readonly #isIdempotent: ((input: I) => boolean) | undefined;
  readonly #budget: RetryBudget | undefined;
  readonly #random: () => number;
  readonly #breakers: CallerBreakers;
  readonly #rate: RateLimiter;
  readonly #bulkhead: Bulkhead;
  readonly #fallback: Fallback | undefined;
  readonly #hooks: EndpointHooks;
  readonly #metrics = new CallMetrics();
  readonly #newCorrelationId: () => string;
  #policy: CallPolicy;

  constructor(parts: EndpointParts<I, R>) {
    const { name, clock, cache, hooks = {} } = parts;
    this.name = name;
    this.#policy = completePolicy(name, parts.policy);
    this.clock = clock;
    this.wheel = parts.wheel;
    this.invoke = parts.invoke as (input: unknown, context: CallContext) => unknown;
    this.permissionsOf = parts.permissionsOf ?? permissionsOfHost;
    this.#permit = parts.permit;
    this.#isIdempotent = parts.isIdempotent;
    this.#budget = parts.budget;
    this.#random = parts.random ?? Math.random;
    this.#hooks = hooks;
    this.#bulkhead = new Bulkhead(this.#policy.concurrency, clock);
    this.#rate = new RateLimiter(this.#policy.rate, clock);
    this.#breakers = new CallerBreakers(() => this.#newBreaker(), parts.isBreakerPerCaller === true);
    if (parts.breakerState) this.#breakers.restore(parts.breakerState);
    const onCacheError = (error: unknown): void => this.#onHookError(error);
    this.#fallback = cache && new Fallback(cache, this.#policy.fallback, clock, onCacheError);
    this.#newCorrelationId = correlationIds(clock);
  }

  get policy(): CallPolicy {
    return this.#policy;
  }

  get graceMs(): number | undefined {
    return this.#hooks.onOverrun === undefined ? undefined : this.#policy.graceMs;
  }

  get breakerState(): BreakerState {
    return this.#breakers.state;
  }

  get metrics(): CallMetricsSnapshot {
    return this.#metrics.snapshot(this.#bulkhead.inFlight, this.#bulkhead.queued + this.#rate.queued);
  }

  adapt(partial: PartialCallPolicy): void {
    const policy = completePolicy(this.name, partial);
    this.#policy = policy;
    this.#breakers.adapt(policy.breaker);
    this.#rate.adapt(policy.rate);
    this.#fallback?.adapt(policy.fallback);
    this.#bulkhead.adapt(policy.concurrency);
  }

  call(input: I, options: CallOptions = NO_OPTIONS): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#admit(input, options, resolve as (answer: unknown) => void, reject);
    });
  }

  run(input: I, options: CallOptions = NO_OPTIONS): Promise<Outcome<Answer<R>>> {
    return new Promise((resolve) => {
      this.#admit(input, options, resolve as (answer: unknown) => void);
    });
  }

  onAnswer(call: Call, value: unknown): void {
    const nowMs = this.clock.monotonicMs();
    const durationMs = nowMs - call.startedMs;
    const isDeclined = value instanceof Declined;
    call.breaker!.succeeded(call.ticket, nowMs);
    this.#metrics.ended(isDeclined ? counter.DECLINED : counter.SUCCESSES, durationMs);
    call.end();
    if (this.#fallback === undefined || isDeclined || !this.#fallback.isKeeping) call.answer(value, durationMs);
    else void this.#fallback.keep(call.input, value).then(() => call.answer(value, durationMs));
    this.#bulkhead.leave();
  }

  onFailure(call: Call, thrown: unknown): void {
    const error = asHostError(this.name, thrown);
    const waitMs = this.#waitBeforeRetryMs(call, error);
    if (waitMs === undefined) return this.#fail(call, error);
    call.attempt = undefined;
    call.waiting = this.clock.setTimer(() => {
      call.waiting = undefined;
      this.#metrics.count(counter.RETRIES);
      this.#attempt(call, this.clock.monotonicMs());
    }, waitMs);
  }

  onDeadline(call: Call, error: HostError): void {
    this.#metrics.count(counter.DEADLINE_HITS);
    this.onFailure(call, error);
  }

  onLateAnswer(): void {
    this.#metrics.count(counter.ABANDONED);
  }

  onOverrun(attempt: Attempt): void {
    const { caller, correlationId } = attempt.call;
    this.#metrics.count(counter.OVERRUNS);
    this.#tell(() => this.#hooks.onOverrun?.({ caller, correlationId, attempt: attempt.number }));
  }

  #admit(
    input: I,
    options: CallOptions,
    resolve: (answer: unknown) => void,
    reject?: (error: HostError) => void,
  ): void {
    const call = new Call(input, options, this.clock.monotonicMs(), this.#newCorrelationId, resolve, reject);
    this.#metrics.count(counter.CALLS);
    this.#budget?.noteCall(call.startedMs);
    if (options.signal !== undefined && !this.#listen(call, options.signal)) return;
    if (this.#permit !== undefined && !this.#isPermitted(call, this.#permit)) return;
    call.breaker = this.#breakers.of(call.caller);
    try {
      call.breaker.check();
    } catch (error) {
      return this.#refuse(call, counter.BREAKER_REFUSALS, error as HostError);
    }
    if (this.#rate.tryTake(call.startedMs)) this.#place(call, call.startedMs);
    else this.#waitForTurn(call);
  }

  /** The call has its turn; now it wants a place. */
  #place(call: Call, nowMs: number): void {
    if (this.#bulkhead.tryEnter()) this.#enter(call, nowMs);
    else this.#queue(call);
  }

  #waitForTurn(call: Call): void {
    const { startedMs } = call;
    const limitMs = Math.min(this.#policy.deadlineMs, this.#callersTimeMs(call));
    const waitMs = this.#rate.waitMs(startedMs);
    call.waiting = this.#rate.queue(startedMs, limitMs, () => this.#place(call, this.clock.monotonicMs()));
    if (call.waiting !== undefined) return;
    this.#refuse(call, counter.RATE_REFUSALS, tooFast(this.name, this.#policy.rate.perSecond, waitMs));
  }

  /** How long to wait before the next attempt, if there is to be one and the budgets have it. */
  #waitBeforeRetryMs(call: Call, error: HostError): number | undefined {
    if (this.#isIdempotent !== undefined && !this.#isIdempotent(call.input as I)) return undefined;
    const waitMs = waitBeforeRetryMs(this.#policy.retry, call.attempts, error, this.#random);
    if (waitMs === undefined || waitMs >= this.#callersTimeMs(call)) return undefined;
    if (takeRetry(this.#budget, call.options.budget, this.clock.monotonicMs())) return waitMs;
    this.#metrics.count(counter.BUDGET_REFUSALS);
    return undefined;
  }

  #newBreaker(): Breaker {
    const { onBreakerChange } = this.#hooks;
    const tell = onBreakerChange && ((state: BreakerState): void => this.#tell(() => onBreakerChange(state)));
    return new Breaker(this.name, this.#policy.breaker, this.clock, tell);
  }

  /** Gives the call up when `signal` fires; false when it has already. */
  #listen(call: Call, signal: AbortSignal): boolean {
    const cancel = (): void => this.#cancel(call, callCancelled(this.name, signal.reason));
    if (signal.aborted) {
      cancel();
      return false;
    }
    signal.addEventListener("abort", cancel, { once: true });
    call.listening = { [Symbol.dispose]: () => signal.removeEventListener("abort", cancel) };
    return true;
  }

  #isPermitted(call: Call, permit: (caller: string, input: I) => void): boolean {
    try {
      permit(call.caller, call.input as I);
      return true;
    } catch (error) {
      // Nothing stands in here: whoever may not call may not have an earlier answer either.
      this.#close(call, counter.FAILURES);
      call.fail(asHostError(this.name, error), this.#durationMs(call));
      return false;
    }
  }

  #queue(call: Call): void {
    const { maxInFlight, maxQueued } = this.#policy.concurrency;
    const limitMs = Math.min(this.#policy.deadlineMs, this.#callersTimeMs(call));
    const refuse = (why: string): void =>
      this.#refuse(call, counter.CONCURRENCY_REFUSALS, noPlace(this.name, maxInFlight, why));
    if (this.#bulkhead.isFull) return refuse(maxQueued === 0 ? "none may wait" : `${maxQueued} wait already`);
    call.waiting = this.#bulkhead.queue(limitMs, {
      onPlace: () => this.#enter(call, this.clock.monotonicMs()),
      onTooLong: () => refuse(`no place became free within ${limitMs / 1_000} s`),
    });
  }

  /** The call has its place. */
  #enter(call: Call, nowMs: number): void {
    call.hasPlace = true;
    try {
      call.ticket = call.breaker!.enter();
    } catch (error) {
      // It opened while the call was in the queue.
      return this.#refuse(call, counter.BREAKER_REFUSALS, error as HostError);
    }
    this.#attempt(call, nowMs);
  }

  #attempt(call: Call, nowMs: number): void {
    const limitMs = Math.min(this.#policy.deadlineMs, this.#callersTimeMs(call));
    if (limitMs <= 0) return this.#fail(call, callersTimeOver(this.name));
    call.attempt = new Attempt(call, ++call.attempts, nowMs, limitMs, this);
    call.attempt.start();
  }

  /** How much is left of the caller's own time. */
  #callersTimeMs(call: Call): number {
    const { deadline } = call.options;
    return deadline === undefined ? Infinity : deadline - this.clock.now();
  }

  #refuse(call: Call, refusals: number, error: HostError): void {
    this.#metrics.count(refusals);
    this.#standIn(call, error);
  }

  /** The last attempt has failed. */
  #fail(call: Call, thrown: HostError): void {
    const error = withAttempts(thrown, call.attempts);
    if (error.code === "CALL_CANCELLED") return this.#cancel(call, error);
    // A caller's fault, or too little time of the caller's, says nothing about the callee.
    if (error.info.fault === "caller" || this.#callersTimeMs(call) <= 0) call.breaker!.undecided(call.ticket);
    else call.breaker!.failed(call.ticket, this.clock.monotonicMs());
    this.#standIn(call, error);
  }

  #cancel(call: Call, error: HostError): void {
    call.attempt?.giveUp(error);
    call.breaker?.undecided(call.ticket);
    this.#close(call, counter.CANCELLED);
    call.fail(error, this.#durationMs(call));
  }

  /** There is no fresh answer; perhaps there is an earlier one. */
  #standIn(call: Call, error: HostError): void {
    const durationMs = this.#durationMs(call);
    this.#close(call, counter.FAILURES);
    if (this.#fallback === undefined) return this.#giveUp(call, error, durationMs);
    void this.#fallback.standIn(call.input).then((cached) => {
      if (cached === undefined) return this.#giveUp(call, error, durationMs);
      this.#metrics.count(counter.CACHED);
      call.answerFromCache(cached, error, durationMs);
    });
  }

  #giveUp(call: Call, error: HostError, durationMs: number): void {
    if (call.options.optional === true && isUnavailable(error)) call.answer(new Unavailable(error), durationMs);
    else call.fail(error, durationMs);
  }

  #close(call: Call, ending: number): void {
    if (call.attempts > 0) this.#metrics.ended(ending, this.#durationMs(call));
    else this.#metrics.count(ending);
    call.end();
    if (call.hasPlace) this.#bulkhead.leave();
  }

  #durationMs(call: Call): number {
    return this.clock.monotonicMs() - call.startedMs;
  }

  #tell(hook: () => void | Promise<void> | undefined): void {
    try {
      hook()?.then(undefined, (error: unknown) => this.#onHookError(error));
    } catch (error) {
      this.#onHookError(error);
    }
  }

  #onHookError(error: unknown): void {
    if (this.#hooks.onHookError) return this.#hooks.onHookError(error);
    queueMicrotask(() => {
      throw error;
    });
  }
}
