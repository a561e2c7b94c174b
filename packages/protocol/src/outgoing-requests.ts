import { protocolBroken } from "./broken.ts";
import { type Message, type ResponseMessage } from "./link.ts";
import { UnderWay } from "./under-way.ts";
import { fromWireError, isWireError, type Side } from "./wire-error.ts";

/** How one request is made. */
export interface RequestOptions {
  /** When it fires the other side is told, and the request rejects with its reason. */
  signal?: AbortSignal;
  /** The other side has ended what it did for a request that was given up. Not called when the peer ends first. */
  onLateAnswer?(): void;
}

const ONCE = { once: true };

/** What {@link OutgoingRequests} needs. */
export interface OutgoingOptions {
  post: (message: Message) => void;
  side: Side;
  /** Requests under way; more wait. */
  limit: number;
}

/** The requests of this side: numbered, sent, answered, given up. */
export class OutgoingRequests {
  readonly #post: (message: Message) => void;
  readonly #side: Side;
  readonly #limit: number;
  /** Sent and not answered, also those given up, whose answer is still to come. */
  readonly #underWay = new UnderWay<OutgoingRequest>();
  readonly #waiting = new Set<OutgoingRequest>();
  #lastId = 0;

  constructor({ post, side, limit }: OutgoingOptions) {
    this.#post = post;
    this.#side = side;
    this.#limit = limit;
  }

  /** Rejects with what the other side threw or the signal's reason. */
  start(method: string, params: unknown, options?: RequestOptions): Promise<unknown> {
    const signal = options?.signal;
    // The reason is the caller's own error, and it is to get it back as it is.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const request = new OutgoingRequest(method, params, options, resolve, reject);
      if (signal) request.listen(() => this.#giveUp(request, signal.reason));
      if (this.#underWay.size < this.#limit) this.#send(request);
      else this.#waiting.add(request);
    });
  }

  /** Sends a request at once, however many are under way. */
  startNow(method: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#send(new OutgoingRequest(method, undefined, undefined, resolve, reject));
    });
  }

  /** @throws HostError `PROTOCOL_BROKEN` when nothing was asked under that id, or it was answered before. */
  settle(message: Partial<ResponseMessage>): void {
    const { id, result, error } = message;
    const request = this.#underWay.get(id);
    if (!request) throw protocolBroken(`an answer to request ${shown(id)}, which is not under way`);
    if ((result === undefined) === (error === undefined)) {
      throw protocolBroken(`an answer to request ${request.id} that has not exactly one of result and error`);
    }
    if (error !== undefined && !isWireError(error)) throw protocolBroken("an answer whose error is none");
    this.#underWay.delete(request);
    if (request.isGivenUp) request.options?.onLateAnswer?.();
    if (error === undefined) request.resolve(result);
    else request.reject(fromWireError(error, this.#side));
    if (this.#waiting.size > 0) this.#sendNext();
  }

  /** The request could not be sent at all. */
  refuse(id: number, error: Error): void {
    const request = this.#underWay.get(id);
    if (request) {
      this.#underWay.delete(request);
      request.reject(error);
      if (request.isGivenUp) request.options?.onLateAnswer?.();
    }
    this.#sendNext();
  }

  end(reason: Error): void {
    for (const requests of [this.#underWay, this.#waiting]) {
      for (const request of requests) request.reject(reason);
    }
    this.#underWay.clear();
    this.#waiting.clear();
  }

  /** Its caller does not want the answer any more. */
  #giveUp(request: OutgoingRequest, reason: unknown): void {
    request.isGivenUp = true;
    request.reject(reason);
    if (this.#waiting.delete(request)) request.options?.onLateAnswer?.();
    else this.#post({ method: "$/cancel", params: { id: request.id } });
  }

  #send(request: OutgoingRequest): void {
    const id = ++this.#lastId;
    request.id = id;
    this.#underWay.add(request);
    const { method, params } = request;
    // They may be large, and only the link needs them from here on.
    request.params = undefined;
    this.#post(params === undefined ? { id, method } : { id, method, params });
  }

  #sendNext(): void {
    for (const request of this.#waiting) {
      if (this.#underWay.size >= this.#limit) return;
      this.#waiting.delete(request);
      this.#send(request);
    }
  }
}

/** One request. */
class OutgoingRequest {
  id = 0;
  isGivenUp = false;
  readonly method: string;
  params: unknown;
  readonly options: RequestOptions | undefined;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (reason: unknown) => void;
  #onAbort: (() => void) | undefined;

  constructor(
    method: string,
    params: unknown,
    options: RequestOptions | undefined,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.method = method;
    this.params = params;
    this.options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /**
   * A function that is given: for an object with `handleEvent` Node.js writes one down at a property, and where V8 sees that it makes
   * the function among the old objects, where it holds the whole call until the next long collection.
   */
  listen(onAbort: () => void): void {
    this.#onAbort = onAbort;
    this.options?.signal?.addEventListener("abort", onAbort, ONCE);
  }

  resolve(value: unknown): void {
    this.#unlisten();
    this.#resolve(value);
  }

  /** Without effect when it was given up before: its promise is settled. */
  reject(reason: unknown): void {
    this.#unlisten();
    this.#reject(reason);
  }

  #unlisten(): void {
    if (this.#onAbort) this.options?.signal?.removeEventListener("abort", this.#onAbort);
  }
}

function shown(id: unknown): string {
  return typeof id === "number" || id === null ? String(id) : `of a ${typeof id} as id`;
}
