export type { Ending, FarEnd } from "./far-end.ts";
export { HEARTBEAT, type HeartbeatOptions } from "./heartbeat.ts";
export { RemoteChannel, type RemoteChannelOptions } from "./remote-channel.ts";
