import { HostError } from "@berth/contract";
import { protocolBroken } from "./broken.ts";
import type { Message } from "./link.ts";
import type { PeerLimits } from "./peer-limits.ts";
import { UnderWay } from "./under-way.ts";
import { methodNotFound, type Side, toWireError } from "./wire-error.ts";

/** What a handler is told beside the parameters. */
export interface Incoming {
  /** Fires when the other side gave the request up, or the peer ended. */
  readonly signal: AbortSignal;
}

/** Answers requests of one method. What it throws goes back as an error record. */
export type RequestHandler = (params: unknown, incoming: Incoming) => unknown;

/** Requests smaller than this are not counted by their bytes: their number is bounded as it is. */
const LARGE_BYTES = 64 * 2 ** 10;

/** What {@link IncomingRequests} needs. */
export interface IncomingOptions {
  post: (message: Message) => void;
  side: Side;
  limits: Pick<PeerLimits, "incomingRequests" | "incomingBytes">;
}

/** The requests of the other side: checked, handled, cancelled, answered once each. */
export class IncomingRequests {
  readonly #post: (message: Message) => void;
  readonly #side: Side;
  readonly #limits: IncomingOptions["limits"];
  readonly #handlers = new Map<string, RequestHandler>();
  readonly #underWay = new UnderWay<IncomingRequest>();
  #lastId = 0;
  #bytes = 0;
  #hasEnded = false;

  constructor({ post, side, limits }: IncomingOptions) {
    this.#post = post;
    this.#side = side;
    this.#limits = limits;
  }

  handle(method: string, handler: RequestHandler): void {
    this.#handlers.set(method, handler);
  }

  /** `bytes` is its share of the frame that brought it. @throws HostError `PROTOCOL_BROKEN` */
  start(id: unknown, method: string, params: unknown, bytes: number): void {
    if (!Number.isSafeInteger(id) || (id as number) <= this.#lastId) {
      throw protocolBroken("a request whose id does not count up");
    }
    const request = new IncomingRequest(id as number, bytes >= LARGE_BYTES ? bytes : 0);
    this.#lastId = request.id;
    if (method === "$/ping") return this.#post({ id: request.id, result: null });
    const handler = this.#handlers.get(method);
    if (!handler) return this.#fail(request, methodNotFound(method));
    if (this.#underWay.size >= this.#limits.incomingRequests) {
      throw protocolBroken(`more than ${this.#limits.incomingRequests} requests under way`);
    }
    if (request.bytes > 0 && this.#bytes + request.bytes > this.#limits.incomingBytes) {
      return this.#fail(request, tooManyBytes(method, this.#limits.incomingBytes));
    }
    this.#bytes += request.bytes;
    this.#underWay.add(request);
    this.#run(request, handler, params);
  }

  /**
   * The other side gave it up; an answer is sent all the same. It may have been answered, or never sent, when it could not be encoded.
   *
   * @throws HostError `PROTOCOL_BROKEN`
   */
  cancel(id: unknown): void {
    if (!Number.isSafeInteger(id)) throw protocolBroken("a cancellation of no request");
    this.#underWay.get(id)?.abort(cancelled());
  }

  end(reason: Error): void {
    this.#hasEnded = true;
    const requests = [...this.#underWay];
    this.#underWay.clear();
    for (const request of requests) request.abort(reason);
  }

  #run(request: IncomingRequest, handler: RequestHandler, params: unknown): void {
    let result: unknown;
    try {
      result = handler(params, request);
    } catch (error) {
      this.#settled(request);
      this.#fail(request, error);
      return;
    }
    if (!isThenable(result)) return this.#answer(request, result);
    // Not awaited: an async function more costs half a microsecond a call.
    Promise.resolve(result).then(
      (value) => this.#answer(request, value),
      (error: unknown) => {
        this.#settled(request);
        this.#fail(request, error);
      },
    );
  }

  #answer(request: IncomingRequest, result: unknown): void {
    this.#settled(request);
    // JSON-RPC knows no answer without a result, and JSON has no `undefined`.
    if (!this.#hasEnded) this.#post({ id: request.id, result: result === undefined ? null : result });
  }

  #fail(request: IncomingRequest, error: unknown): void {
    if (!this.#hasEnded) this.#post({ id: request.id, error: toWireError(error, this.#side) });
  }

  #settled(request: IncomingRequest): void {
    this.#underWay.delete(request);
    this.#bytes -= request.bytes;
  }
}

/** One request of the other side. Its signal is made when a handler asks for it: most do not. */
class IncomingRequest implements Incoming {
  readonly id: number;
  readonly bytes: number;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(id: number, bytes: number) {
    this.id = id;
    this.bytes = bytes;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function cancelled(): HostError {
  return new HostError("CALL_CANCELLED", "Cannot go on: the other side gave the request up");
}

function tooManyBytes(method: string, limit: number): HostError {
  return new HostError(
    "LIMIT_EXCEEDED",
    `Cannot take another ${method}: requests of more than ${limit} bytes are under way; wait for an answer first`,
  );
}
