/**
 * One message, as it is between two peers before a link encodes it: JSON-RPC 2.0 without the version member, which a link that
 * writes text adds.
 */
export type Message = RequestMessage | NotificationMessage | ResponseMessage;

/** Asks for an answer. Ids count up from 1, each side for itself. */
export interface RequestMessage {
  id: number;
  method: string;
  params?: unknown;
}

/** Tells something; there is no answer. */
export interface NotificationMessage {
  method: string;
  params?: unknown;
}

/** The answer to the request of that id: exactly one of `result` and `error`. */
export interface ResponseMessage {
  id: number;
  result?: unknown;
  error?: WireError;
}

/** An error as JSON-RPC 2.0 carries it; `data` holds what a HostError knows. */
export interface WireError {
  code: number;
  message: string;
  data?: unknown;
}

/**
 * Carries messages one way and the other, in order, each whole or not at all. What comes from the other side is untrusted: a link
 * bounds a frame before it allocates it, and ends with an error on the first one it cannot read.
 */
export interface Link {
  /** Takes the messages of one turn together. Never throws; a link that has ended drops them. */
  send(messages: readonly Message[]): void;
  /** Set once, by the peer, before anything is delivered. */
  open(receiver: LinkReceiver): void;
  /** Bytes taken and not yet handed to the operating system; 0 where that is unknown. */
  readonly bufferedBytes: number;
  /** Ends it; the receiver hears of it unless it ended before. */
  close(): void;
}

/** Who hears what a {@link Link} delivers. */
export interface LinkReceiver {
  /** `bytes` is about what they took on the way, or more. Their values are of the kinds that {@link Link} carries, their form is unchecked. */
  onMessages(messages: readonly unknown[], bytes: number): void;
  /** This message of our own cannot be sent, for what it holds: too much, too deep, or nothing that can cross. The link goes on. */
  onRefused(message: Message, error: Error): void;
  /** Once. `error` is absent when the other side, or this one, closed it in order. */
  onEnd(error?: Error): void;
}
