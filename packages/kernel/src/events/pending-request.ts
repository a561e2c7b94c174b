import { errorMessage, type JsonValue } from "@berth/base";
import { type AskedEvent, HostError, isHostError } from "@berth/contract";

/** A request whose publisher waits. The first reply counts; it fails once all who heard it are done without one. */
export class PendingRequest implements AskedEvent {
  readonly deadline: number;
  readonly #subject: string;
  readonly #answer = Promise.withResolvers<JsonValue>();
  readonly #over = new AbortController();
  #left: number;
  #failure: unknown;
  #isAnswered = false;

  constructor(subject: string, listeners: number, deadline: number) {
    this.#subject = subject;
    this.#left = listeners;
    this.deadline = deadline;
    // Whoever waits may have given up by then.
    this.#answer.promise.catch(() => undefined);
  }

  get answer(): Promise<JsonValue> {
    return this.#answer.promise;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Nobody waits, and nobody replied either: there is no use in hearing it. */
  get isGivenUp(): boolean {
    return this.#over.signal.aborted && !this.#isAnswered;
  }

  /** One listener is done; `undefined` is no reply. */
  heard(reply: unknown): void {
    this.#left--;
    if (reply === undefined) return this.#settleIfLast();
    this.#isAnswered = true;
    this.#answer.resolve(reply as JsonValue);
  }

  /** One listener failed; that is told if nobody else replies. */
  failed(error: unknown): void {
    this.#left--;
    this.#failure ??= error;
    this.#settleIfLast();
  }

  /** Nobody waits any more. */
  end(reason: unknown): void {
    this.#over.abort(reason);
  }

  #settleIfLast(): void {
    if (this.#left > 0 || this.#isAnswered) return;
    this.#answer.reject(
      this.#failure === undefined ? noResponder(this.#subject) : refusal(this.#subject, this.#failure),
    );
  }
}

/** The error of a request that nobody replies to. */
export function noResponder(subject: string): HostError {
  return new HostError("EVENT_NO_RESPONDER", `Cannot get a reply to ${subject}: nobody replies to it`);
}

function refusal(subject: string, error: unknown): HostError {
  if (isHostError(error)) return error;
  return new HostError("PLUGIN_FAILED", `Cannot get a reply to ${subject}: ${errorMessage(error)}`, { cause: error });
}
