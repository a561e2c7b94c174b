export type { Ending, FarEnd } from "./far-end.ts";
export { type HeartbeatOptions } from "./heartbeat.ts";
export { RemoteChannel, type RemoteChannelOptions } from "./remote-channel.ts";
