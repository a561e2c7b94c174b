/** What one side lets the other use at most. */
export interface PeerLimits {
  /** Requests of the other side under way. */
  incomingRequests: number;
  /** Bytes of large requests of the other side under way; one more is answered with `LIMIT_EXCEEDED`. */
  incomingBytes: number;
  /** Requests of this side under way; more wait here. At most what the other side takes. */
  outgoingRequests: number;
  /** Streams open, of either side. */
  streams: number;
  /** Bytes of a stream that may be under way before the reader has taken them. */
  streamWindowBytes: number;
}

/**
 * Both sides keep to these unless they agreed on others: a peer holds its own requests back at the number at which the other one
 * would end the conversation.
 */
export const PEER_LIMITS: Readonly<PeerLimits> = {
  incomingRequests: 1_024,
  incomingBytes: 256 * 2 ** 20,
  outgoingRequests: 1_024,
  streams: 64,
  streamWindowBytes: 256 * 2 ** 10,
};
