import type { Clock } from "@berth/base";
import type { CallContext, HostError } from "@berth/contract";
import type { Span } from "../tracing/span.ts";
import type { Call } from "./call.ts";
import { deadlineExceeded } from "./call-errors.ts";
import { type DeadlineWheel, WheelEntry } from "./deadline-wheel.ts";

/** What an attempt needs of its endpoint, and tells it. */
export interface AttemptOwner {
  readonly name: string;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  /** The grace, if anybody wants to hear of callees that do not stop. */
  readonly graceMs: number | undefined;
  /** What a caller may ask of the callee. */
  permissionsOf(caller: string): readonly string[];
  invoke(input: unknown, context: CallContext): unknown;
  onAnswer(call: Call, value: unknown): void;
  onFailure(call: Call, thrown: unknown): void;
  onDeadline(call: Call, error: HostError): void;
  /** An answer came after its attempt was given up. */
  onLateAnswer(): void;
  /** The callee was given up `graceMs` ago and has not stopped. */
  onOverrun(attempt: Attempt): void;
}

/**
 * One attempt of a call. It ends exactly once: with the callee's answer or error, when its deadline passes, or when it is given
 * up; what the callee does after that is dropped and counted.
 */
export class Attempt extends WheelEntry {
  readonly call: Call;
  readonly number: number;
  /** When its deadline passes, by the clock's `monotonicMs`. */
  readonly deadlineMs: number;
  readonly owner: AttemptOwner;
  readonly #limitMs: number;
  #controller: AbortController | undefined = undefined;
  #givenUpFor: HostError | undefined = undefined;
  #isSettled = false;

  constructor(call: Call, number: number, nowMs: number, limitMs: number, owner: AttemptOwner) {
    super();
    this.call = call;
    this.number = number;
    this.deadlineMs = nowMs + limitMs;
    this.owner = owner;
    this.#limitMs = limitMs;
  }

  /** Made when first read: most callees never look, and a controller costs more than all the rest of a call. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#givenUpFor !== undefined) this.#controller.abort(this.#givenUpFor);
    }
    return this.#controller.signal;
  }

  start(): void {
    if (this.deadlineMs !== Infinity) this.owner.wheel.add(this, this.deadlineMs);
    let answer: unknown;
    let isPending: boolean;
    try {
      answer = this.owner.invoke(this.call.input, new AttemptContext(this));
      isPending = isThenable(answer);
    } catch (error) {
      this.#settle(error, true);
      return;
    }
    if (isPending) this.#await(answer as Promise<unknown>);
    else this.#settle(answer, false);
  }

  /** The call no longer waits for it. */
  giveUp(reason: HostError): void {
    if (this.#isSettled) return;
    const { wheel, graceMs, clock } = this.owner;
    wheel.remove(this);
    this.#givenUpFor = reason;
    if (graceMs !== undefined) wheel.add(this, clock.monotonicMs() + graceMs);
    this.#controller?.abort(reason);
  }

  override expire(): void {
    if (this.#givenUpFor !== undefined) return this.owner.onOverrun(this);
    const error = deadlineExceeded(this.owner.name, this.#limitMs);
    this.giveUp(error);
    this.owner.onDeadline(this.call, error);
  }

  #await(answer: Promise<unknown>): void {
    // Foreign thenables may call back twice, throw, or be anything; a promise made of them behaves.
    (answer instanceof Promise ? answer : Promise.resolve(answer)).then(
      (value: unknown) => this.#settle(value, false),
      (error: unknown) => this.#settle(error, true),
    );
  }

  #settle(result: unknown, isError: boolean): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.owner.wheel.remove(this);
    if (this.#givenUpFor !== undefined) this.owner.onLateAnswer();
    else if (isError) this.owner.onFailure(this.call, result);
    else this.owner.onAnswer(this.call, result);
  }
}

/** What the callee gets to see. Its facts are read when asked for, so a copy made by spreading has none of them. */
class AttemptContext implements CallContext {
  readonly #attempt: Attempt;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get deadline(): number {
    const { deadlineMs, owner } = this.#attempt;
    return deadlineMs === Infinity ? Infinity : Math.round(owner.clock.now() + deadlineMs - owner.clock.monotonicMs());
  }

  get attempt(): number {
    return this.#attempt.number;
  }

  get caller(): string {
    return this.#attempt.call.caller;
  }

  get permissions(): readonly string[] {
    const { call, owner } = this.#attempt;
    return call.options.permissions ?? owner.permissionsOf(call.caller);
  }

  get correlationId(): string {
    return this.#attempt.call.correlationId;
  }

  /** For the host; a plugin elsewhere gets what {@link traceparent} says. */
  get span(): Span | undefined {
    return this.#attempt.call.options.span;
  }

  get traceparent(): string | undefined {
    return this.#attempt.call.options.span?.traceparent;
  }
}

function isThenable(answer: unknown): boolean {
  if (typeof answer !== "object" && typeof answer !== "function") return false;
  return answer !== null && typeof (answer as { then?: unknown }).then === "function";
}
