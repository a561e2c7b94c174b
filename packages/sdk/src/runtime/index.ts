export { type ContextIdentity, createContext, createFetch } from "../context/create-context.ts";
export { EventFeed } from "./event-feed.ts";
export {
  type CallAnswer,
  type CallMessage,
  type CheckConfig,
  type CheckConfigAnswer,
  type EventCancel,
  type EventReply,
  type FeedItem,
  type FunctionArgument,
  type Hello,
  type HelloAnswer,
  type Inspect,
  type InspectHead,
  type LifeHook,
  MOST_STREAMS,
  type OpenInstance,
  type OpenInstanceAnswer,
  PROTOCOL,
  type RestoreState,
  type SaveState,
  type SaveStateAnswer,
} from "./messages.ts";
export type { NamedWork } from "./named-work.ts";
export { PluginRuntime, type RuntimePeer } from "./plugin-runtime.ts";
export { createRemoteCapabilities } from "./remote-capabilities.ts";
export { type GuestOptions, serveGuest } from "./serve-guest.ts";
