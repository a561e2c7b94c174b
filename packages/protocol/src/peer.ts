import type { Clock } from "@berth/base";
import type { Link } from "./link.ts";
import type { Stream } from "./stream.ts";

/** What {@link Peer} needs. */
export interface PeerOptions {
  link: Link;
  clock: Clock;
  /** What the other side may do at most; past it the peer ends. Defaults are in `peer-limits.ts`. */
  limits?: Partial<PeerLimits>;
}

/** What the other side may use at most. */
export interface PeerLimits {
  /** Requests of the other side under way. */
  incomingRequests: number;
  /** Streams open, of either side. */
  streams: number;
  /** Bytes of a stream that may be under way before the reader has taken them. */
  streamWindowBytes: number;
}

/** How one request is made. */
export interface RequestOptions {
  /** When it fires the other side is told, and the request rejects with its reason. */
  signal?: AbortSignal;
  /** The other side has answered a request after it was given up: what it did for it is over. Not called when the peer ends first. */
  onLateAnswer?: () => void;
}

/** What a handler is told beside the parameters. */
export interface Incoming {
  /** Fires when the other side gave the request up, or the peer ended. */
  signal: AbortSignal;
}

/** Answers requests of one method. What it throws goes back as an error record. */
export type RequestHandler = (params: unknown, incoming: Incoming) => unknown;

/** Hears notifications of one method. */
export type NotificationHandler = (params: unknown) => void;

/**
 * One end of a conversation: requests both ways, cancellation, streams with credit, heartbeat. All that is said in one turn of the
 * event loop leaves as one frame.
 */
export declare class Peer implements Disposable {
  constructor(options: PeerOptions);
  /** Settles with the reason when the conversation is over; `undefined` when it was closed in order. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  /** Answers requests of `method`; one that nobody handles is answered with an error. */
  handle(method: string, handler: RequestHandler): void;
  /** Hears notifications of `method`; one that nobody hears is dropped. */
  listen(method: string, handler: NotificationHandler): void;
  /** Rejects with a HostError: what the other side threw, the signal's reason, or `PLUGIN_FAILED` when the peer ended. */
  request(method: string, params: unknown, options?: RequestOptions): Promise<unknown>;
  notify(method: string, params: unknown): void;
  /** Opens a stream; its id goes to the other side in the parameters of a request or notification. */
  openStream(): Stream;
  /** The stream that the other side opened under `id`. @throws when there is none, or it was taken already. */
  acceptStream(id: unknown): Stream;
  /** Rejects unless the other side answers within `limitMs`. */
  ping(limitMs: number, signal?: AbortSignal): Promise<void>;
  /** Ends it: what is under way rejects with `reason`, or with `PLUGIN_FAILED`. */
  close(reason?: Error): void;
  [Symbol.dispose](): void;
}
