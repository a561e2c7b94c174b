export type {
  Link,
  LinkReceiver,
  Message,
  NotificationMessage,
  RequestMessage,
  ResponseMessage,
  WireError,
} from "./link.ts";
export {
  type Incoming,
  type NotificationHandler,
  Peer,
  type PeerLimits,
  type PeerOptions,
  type RequestHandler,
  type RequestOptions,
} from "./peer.ts";
export type { Stream } from "./stream.ts";
