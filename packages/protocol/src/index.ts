export type {
  Link,
  LinkReceiver,
  Message,
  NotificationMessage,
  RequestMessage,
  ResponseMessage,
  WireError,
} from "./link.ts";
export { LinkAround } from "./link-around.ts";
export {
  type Incoming,
  type NotificationHandler,
  Peer,
  type PeerLimits,
  type PeerOptions,
  type RequestHandler,
  type RequestOptions,
} from "./peer.ts";
export { PEER_LIMITS } from "./peer-limits.ts";
export { MAX_ITEM_BYTES, type Stream } from "./stream.ts";
export { fromWireError, invalidParams, isWireError, type Side, toWireError } from "./wire-error.ts";
export { give } from "./give.ts";
export { MAX_DEPTH, MAX_FRAME_BYTES } from "./message-limits.ts";
export { type Port, portLink, type PortLinkOptions } from "./port-link.ts";
export { type Encoding, type SocketLink, socketLink, type SocketLinkOptions } from "./socket-link.ts";
