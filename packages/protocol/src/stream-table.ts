import { HostError } from "@berth/contract";
import { protocolBroken } from "./broken.ts";
import type { Message } from "./link.ts";
import { FIRST_CREDIT, StreamEnd, type StreamPort } from "./stream-end.ts";
import { MAX_ITEM_BYTES, type Stream } from "./stream.ts";
import { fromWireError, isWireError, type Side, toWireError } from "./wire-error.ts";

/** Items far over their stream's window that may wait at a time, on all streams together. */
const LARGE_ITEMS = 4;

/** What {@link StreamTable} needs. */
export interface StreamTableOptions {
  post: (message: Message) => void;
  side: Side;
  /** Open at once, of either side. */
  limit: number;
  windowBytes: number;
}

/** The streams of one conversation, by the id that their opener counted. */
export class StreamTable implements StreamPort {
  readonly #post: (message: Message) => void;
  readonly #side: Side;
  readonly #limit: number;
  readonly #window: number;
  readonly #mostHeld: number;
  /** By the id this side writes: its own positive, the other's negative. */
  readonly #ends = new Map<number, StreamEnd>();
  /** Opened by the other side and not taken yet. */
  readonly #untaken = new Set<number>();
  #held = 0;
  #lastOwn = 0;
  #lastOther = 0;

  constructor({ post, side, limit, windowBytes }: StreamTableOptions) {
    this.#post = post;
    this.#side = side;
    this.#limit = limit;
    this.#window = Math.max(windowBytes, FIRST_CREDIT);
    this.#mostHeld = limit * (this.#window + FIRST_CREDIT) + LARGE_ITEMS * MAX_ITEM_BYTES;
  }

  /** @throws HostError `LIMIT_EXCEEDED` when too many are open. */
  open(): Stream {
    if (this.#ends.size >= this.#limit) {
      throw new HostError("LIMIT_EXCEEDED", `Cannot open another stream: ${this.#limit} are open; end one first`);
    }
    const end = new StreamEnd(this, ++this.#lastOwn, this.#window, FIRST_CREDIT, this.#window);
    this.#ends.set(end.wireId, end);
    this.post("$/open", { stream: end.wireId, bytes: this.#window });
    return end;
  }

  /** @throws HostError `CONTRACT_BROKEN` when the other side opened none of that id, or it was taken. */
  accept(id: unknown): Stream {
    const wireId = -(id as number);
    const end = this.#ends.get(wireId);
    if (!Number.isSafeInteger(id) || !end || !this.#untaken.delete(wireId)) {
      throw new HostError("CONTRACT_BROKEN", "Cannot take the stream: the other side opened none of that id");
    }
    if (this.#window > FIRST_CREDIT) end.grant(this.#window - FIRST_CREDIT);
    return end;
  }

  /** A notification whose method is one of a stream's. @throws HostError `PROTOCOL_BROKEN` */
  receive(method: string, params: unknown): void {
    const { stream, bytes, item, error } = (params ?? {}) as Record<string, unknown>;
    if (!Number.isSafeInteger(stream)) throw protocolBroken(`${method} without a stream`);
    // What the other side calls its own is the other's here, and the other way round.
    const wireId = -(stream as number);
    if (method === "$/open") return this.#opened(wireId, bytes);
    const end = this.#ends.get(wireId);
    if (!end) {
      if (wireId > this.#lastOwn || -wireId > this.#lastOther || wireId === 0) {
        throw protocolBroken(`${method} on a stream that was never opened`);
      }
      // It was on its way when the stream ended here.
      return;
    }
    switch (method) {
      case "$/data":
        return end.onData(item);
      case "$/credit":
        return end.onCredit(bytes);
      case "$/end":
        return end.onEnd();
      default:
        if (!isWireError(error)) throw protocolBroken("a reset without a reason");
        end.fail(fromWireError(error, this.#side));
    }
  }

  end(reason: Error): void {
    for (const end of this.#ends.values()) end.fail(reason);
  }

  /** An item could not be sent. */
  refuse(params: unknown, error: Error): void {
    const { stream } = params as { stream: number };
    this.#ends.get(stream)?.reset(error);
  }

  post(method: string, params: Record<string, unknown>): void {
    this.#post({ method, params });
  }

  postReset(wireId: number, reason: Error): void {
    this.post("$/reset", { stream: wireId, error: toWireError(reason, this.#side) });
  }

  hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held > this.#mostHeld) throw protocolBroken(`${this.#held} bytes wait on its streams`);
  }

  forget({ wireId }: StreamEnd): void {
    this.#ends.delete(wireId);
    this.#untaken.delete(wireId);
  }

  #opened(wireId: number, bytes: unknown): void {
    if (-wireId !== this.#lastOther + 1) throw protocolBroken("a stream whose id does not count up by one");
    if (this.#ends.size >= this.#limit) throw protocolBroken(`more than ${this.#limit} streams open`);
    this.#lastOther = -wireId;
    const end = new StreamEnd(this, wireId, this.#window, 0, FIRST_CREDIT);
    end.onCredit(bytes);
    this.#ends.set(wireId, end);
    this.#untaken.add(wireId);
  }
}
