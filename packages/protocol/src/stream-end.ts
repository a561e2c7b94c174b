import { HostError } from "@berth/contract";
import { protocolBroken } from "./broken.ts";
import { itemSize } from "./item-size.ts";
import { MAX_ITEM_BYTES, type Stream } from "./stream.ts";

/** What a stream may send at once, before the reader gave any credit: its first answer need not be waited for. */
export const FIRST_CREDIT = 64 * 2 ** 10;

/** No reader has that much room: who gives it wants a counter to overflow. */
const MOST_CREDIT = 2 ** 32;

/** What a {@link StreamEnd} says and to whom. */
export interface StreamPort {
  /** `$/data`, `$/credit`, `$/end` or `$/reset`. */
  post(method: string, params: Record<string, unknown>): void;
  postReset(wireId: number, reason: Error): void;
  /** So many bytes more (or fewer) wait for their reader. @throws HostError `PROTOCOL_BROKEN` when they are too many. */
  hold(bytes: number): void;
  /** Nothing more will be said of it. */
  forget(end: StreamEnd): void;
}

/** A write that has not resolved. */
interface WaitingWrite {
  item: unknown;
  size: number;
  resolve: () => void;
  reject: (reason: Error) => void;
}

/** A read that came before its item. */
interface WaitingRead {
  resolve: (item: unknown) => void;
  reject: (reason: Error) => void;
}

/** One end of a stream. */
export class StreamEnd implements Stream {
  readonly id: number;
  /** As this side writes it: positive when this side opened the stream, negative when the other did. */
  readonly wireId: number;
  readonly #port: StreamPort;
  readonly #window: number;
  /** What this side may still send, below zero when the last item was larger than what was left. */
  #credit: number;
  readonly #writes: WaitingWrite[] = [];
  /** Sent, with credit used up: whoever wrote is to wait before more. */
  readonly #blocked: WaitingWrite[] = [];
  /** What the other side may still send. */
  #room: number;
  /** Taken by the reader and not given back as credit yet. */
  #owed = 0;
  readonly #items: { item: unknown; size: number }[] = [];
  /** What of the items counts against all streams together. */
  #held = 0;
  readonly #reads: WaitingRead[] = [];
  #isEnding = false;
  #hasEnded = false;
  #otherHasEnded = false;
  #reason: Error | undefined;

  /** `room` is what the other side was granted so far. */
  constructor(port: StreamPort, wireId: number, window: number, credit: number, room: number) {
    this.#port = port;
    this.wireId = wireId;
    this.id = Math.abs(wireId);
    this.#window = window;
    this.#credit = credit;
    this.#room = room;
  }

  write(item: unknown): Promise<void> {
    if (this.#reason) return Promise.reject(this.#reason);
    if (this.#isEnding) return Promise.reject(ended("write to", this.id));
    const size = itemSize(item);
    if (item === undefined || size > MAX_ITEM_BYTES) return Promise.reject(unfit(item, size));
    if (this.#writes.length === 0 && this.#credit > 0) {
      this.#send(item, size);
      if (this.#credit > 0) return Promise.resolve();
      return new Promise((resolve, reject) => this.#blocked.push({ item: undefined, size: 0, resolve, reject }));
    }
    return new Promise((resolve, reject) => this.#writes.push({ item, size, resolve, reject }));
  }

  read(): Promise<unknown> {
    const next = this.#items.shift();
    if (next) {
      if (this.#held > 0) this.#hold(-next.size);
      this.#taken(next.size);
      return Promise.resolve(next.item);
    }
    if (this.#reason) return Promise.reject(this.#reason);
    if (this.#otherHasEnded) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => this.#reads.push({ resolve, reject }));
  }

  end(): void {
    if (this.#isEnding || this.#reason) return;
    this.#isEnding = true;
    if (this.#writes.length === 0) this.#sendEnd();
  }

  reset(reason: Error): void {
    if (this.#reason || this.#isOver) return;
    this.#port.postReset(this.wireId, reason);
    this.fail(reason);
  }

  [Symbol.dispose](): void {
    this.reset(new HostError("CALL_CANCELLED", "Cannot go on with the stream: its other end was dropped"));
  }

  /** Lets the other side send so much more. */
  grant(bytes: number): void {
    this.#room += bytes;
    this.#port.post("$/credit", { stream: this.wireId, bytes });
  }

  /** Credit that the other side gives. @throws HostError `PROTOCOL_BROKEN` */
  onCredit(bytes: unknown): void {
    if (!Number.isSafeInteger(bytes) || (bytes as number) <= 0 || this.#credit + (bytes as number) > MOST_CREDIT) {
      throw protocolBroken("credit that is none");
    }
    this.#credit += bytes as number;
    while (this.#credit > 0 && this.#writes.length > 0) {
      const write = this.#writes.shift()!;
      this.#send(write.item, write.size);
      this.#blocked.push(write);
    }
    if (this.#credit > 0) this.#unblock();
    if (this.#isEnding && !this.#hasEnded && this.#writes.length === 0) this.#sendEnd();
  }

  /** An item of the other side. @throws HostError `PROTOCOL_BROKEN` */
  onData(said: unknown): void {
    if (this.#otherHasEnded) throw protocolBroken("an item on a stream that its writer had ended");
    // What has no form outside its thread is null, as in a list; `undefined` is the end.
    const item = said === undefined ? null : said;
    const size = itemSize(item);
    if (this.#room <= 0 || size > MAX_ITEM_BYTES) {
      throw protocolBroken(`an item of ${size} bytes on a stream that had credit for ${this.#room}`);
    }
    this.#room -= size;
    const read = this.#reads.shift();
    if (!read) {
      this.#hold(size);
      this.#items.push({ item, size });
      return;
    }
    this.#taken(size);
    read.resolve(item);
  }

  /** @throws HostError `PROTOCOL_BROKEN` */
  onEnd(): void {
    if (this.#otherHasEnded) throw protocolBroken("a second end of a stream");
    this.#otherHasEnded = true;
    for (const read of this.#reads.splice(0)) read.resolve(undefined);
    if (this.#isOver) this.#forget();
  }

  /** Ends both ways here, without a word to the other side. What was not read is dropped. */
  fail(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#items.length = 0;
    for (const waiting of [this.#reads, this.#writes, this.#blocked]) {
      for (const { reject } of waiting.splice(0)) reject(reason);
    }
    this.#forget();
  }

  get #isOver(): boolean {
    return this.#hasEnded && this.#otherHasEnded;
  }

  #send(item: unknown, size: number): void {
    this.#credit -= size;
    this.#port.post("$/data", { stream: this.wireId, item });
  }

  #unblock(): void {
    for (const write of this.#blocked.splice(0)) write.resolve();
  }

  #sendEnd(): void {
    this.#hasEnded = true;
    this.#port.post("$/end", { stream: this.wireId });
    // Nobody gives credit for what was the last.
    this.#unblock();
    if (this.#isOver) this.#forget();
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    this.#port.hold(bytes);
  }

  /** What is left to read belongs to who holds this end, and counts no longer. */
  #forget(): void {
    this.#hold(-this.#held);
    this.#port.forget(this);
  }

  /** Credit goes back by half windows: one message for many items, and the writer never runs dry while the reader keeps up. */
  #taken(size: number): void {
    if (this.#otherHasEnded || this.#reason) return;
    this.#owed += size;
    if (this.#owed * 2 < this.#window) return;
    this.grant(this.#owed);
    this.#owed = 0;
  }
}

function ended(what: string, id: number): HostError {
  return new HostError("CALL_CANCELLED", `Cannot ${what} stream ${id}: this side has ended it`);
}

function unfit(item: unknown, size: number): HostError {
  if (item === undefined) return new HostError("CONTRACT_BROKEN", "Cannot write to the stream: the item is undefined");
  return new HostError(
    "LIMIT_EXCEEDED",
    `Cannot write to the stream: the item has about ${size} bytes, at most ${MAX_ITEM_BYTES} are allowed; split it`,
  );
}
