import { type Clock, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";
import { protocolBroken } from "./broken.ts";
import { type Incoming, IncomingRequests, type RequestHandler } from "./incoming-requests.ts";
import type { Link, LinkReceiver, Message } from "./link.ts";
import { OutgoingRequests, type RequestOptions } from "./outgoing-requests.ts";
import { PEER_LIMITS, type PeerLimits } from "./peer-limits.ts";
import { StreamTable } from "./stream-table.ts";
import type { Stream } from "./stream.ts";
import { type Side, toWireError } from "./wire-error.ts";

export type { Incoming, PeerLimits, RequestHandler, RequestOptions };

/** What {@link Peer} needs. */
export interface PeerOptions {
  link: Link;
  clock: Clock;
  /** Which end this is; the host, which is the default, takes no error of the other side at its word. */
  side?: Side;
  /** What the other side may do at most; past it the peer ends. Defaults are {@link PEER_LIMITS}. */
  limits?: Partial<PeerLimits>;
}

/** Hears notifications of one method. */
export type NotificationHandler = (params: unknown) => void;

/**
 * One end of a conversation: requests both ways, cancellation, streams with credit, heartbeat. All that is said in one turn of the
 * event loop leaves as one frame. The other side is taken for hostile: the first message that it could not have sent in good faith
 * ends the conversation with `PROTOCOL_BROKEN`.
 */
export class Peer implements Disposable {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #side: Side;
  readonly #outgoing: OutgoingRequests;
  readonly #incoming: IncomingRequests;
  readonly #streams: StreamTable;
  readonly #listeners = new Map<string, NotificationHandler>();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  /** Its reactions run at the end of the turn, and cost less than `queueMicrotask`, which keeps books of each. */
  readonly #now = Promise.resolve();
  #outbox: Message[] = [];
  #ping: Promise<unknown> | undefined;
  #end: Error | undefined;

  constructor({ link, clock, side = "host", limits }: PeerOptions) {
    const all = { ...PEER_LIMITS, ...limits };
    const post = (message: Message): void => this.#post(message);
    this.#link = link;
    this.#clock = clock;
    this.#side = side;
    this.#outgoing = new OutgoingRequests({ post, side, limit: all.outgoingRequests });
    this.#incoming = new IncomingRequests({ post, side, limits: all });
    this.#streams = new StreamTable({ post, side, limit: all.streams, windowBytes: all.streamWindowBytes });
    link.open(this.#receiver());
  }

  /** Settles with the reason when the conversation is over; `undefined` when it was closed in order. Never rejects. */
  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  /** Answers requests of `method`; one that nobody handles is answered with an error. */
  handle(method: string, handler: RequestHandler): void {
    this.#incoming.handle(method, handler);
  }

  /** Hears notifications of `method`; one that nobody hears is dropped. */
  listen(method: string, handler: NotificationHandler): void {
    this.#listeners.set(method, handler);
  }

  /** Rejects with a HostError: what the other side threw, the signal's reason, or `PLUGIN_FAILED` when the peer ended. */
  request(method: string, params: unknown, options?: RequestOptions): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    return this.#outgoing.start(method, params, options);
  }

  notify(method: string, params: unknown): void {
    this.#post(params === undefined ? { method } : { method, params });
  }

  /** Opens a stream; its id goes to the other side in the parameters of a request or notification. */
  openStream(): Stream {
    if (this.#end) throw this.#end;
    return this.#streams.open();
  }

  /** The stream that the other side opened under `id`. @throws when there is none, or it was taken already. */
  acceptStream(id: unknown): Stream {
    if (this.#end) throw this.#end;
    return this.#streams.accept(id);
  }

  /** Rejects unless the other side answers within `limitMs`. */
  async ping(limitMs: number, signal?: AbortSignal): Promise<void> {
    const onTimeout = (): Error =>
      new HostError("CALL_DEADLINE_EXCEEDED", `Cannot hear the other side: no answer to a ping in ${limitMs} ms`);
    if (this.#end) throw this.#end;
    await runWithin({ clock: this.#clock, limitMs, signal, onTimeout }, () => this.#sharedPing());
  }

  /** Ends it: what is under way rejects with `reason`, or with `PLUGIN_FAILED`. */
  close(reason?: Error): void {
    if (this.#end) return;
    // What was said before the end is still to be heard.
    this.#flush();
    this.#finish(reason);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receiver(): LinkReceiver {
    return {
      onMessages: (messages, bytes) => this.#receiveAll(messages, bytes),
      onRefused: (message, error) => this.#refused(message, error),
      onEnd: (error) => this.#finish(error),
    };
  }

  #post(message: Message): void {
    if (this.#end) return;
    if (this.#outbox.push(message) === 1) void this.#now.then(this.#flush);
  }

  readonly #flush = (): void => {
    const messages = this.#outbox;
    if (messages.length === 0) return;
    this.#outbox = [];
    this.#link.send(messages);
  };

  #receiveAll(messages: readonly unknown[], bytes: number): void {
    const share = bytes / messages.length;
    try {
      for (const message of messages) {
        if (this.#end) return;
        this.#receive(message, share);
      }
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  #receive(message: unknown, bytes: number): void {
    if (typeof message !== "object" || message === null) throw protocolBroken("a message that is no object");
    const { id, method, params } = message as { id?: unknown; method?: unknown; params?: unknown };
    if (method === undefined) this.#outgoing.settle(message);
    else if (typeof method !== "string") throw protocolBroken("a method that is no text");
    else if (id !== undefined) this.#incoming.start(id, method, params, bytes);
    else if (method.startsWith("$/")) this.#receiveOwn(method, params);
    else this.#announce(method, params);
  }

  #receiveOwn(method: string, params: unknown): void {
    switch (method) {
      case "$/cancel":
        return this.#incoming.cancel((params as { id?: unknown } | undefined)?.id);
      case "$/open":
      case "$/data":
      case "$/credit":
      case "$/end":
      case "$/reset":
        return this.#streams.receive(method, params);
      default:
      // A later version may say more than this one knows.
    }
  }

  /** Who listens takes what it can; to fail at what was said is to say that it should not have been. */
  #announce(method: string, params: unknown): void {
    try {
      this.#listeners.get(method)?.(params);
    } catch (error) {
      throw protocolBroken(`what it said with ${method.slice(0, 100)}`, error);
    }
  }

  /** Requests fail, answers become errors; of what else cannot be sent only a stream's writer hears. */
  #refused(message: Message, error: Error): void {
    if (!("method" in message)) this.#post({ id: message.id, error: toWireError(error, this.#side) });
    else if ("id" in message) this.#outgoing.refuse(message.id, error);
    else if (message.method === "$/data") this.#streams.refuse(message.params, error);
  }

  /** One on the way answers all who ask: a side that hangs is not to be buried in pings. */
  #sharedPing(): Promise<unknown> {
    this.#ping ??= this.#outgoing.startNow("$/ping").finally(() => {
      this.#ping = undefined;
    });
    return this.#ping;
  }

  #finish(error: Error | undefined): void {
    if (this.#end) return;
    this.#end = error ?? new HostError("PLUGIN_FAILED", "Cannot go on talking: the conversation is over");
    this.#link.close();
    this.#outgoing.end(this.#end);
    this.#incoming.end(this.#end);
    this.#streams.end(this.#end);
    this.#ended.resolve(error);
  }
}
