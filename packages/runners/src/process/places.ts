/** Where things are inside a sandbox with a view of its own. */
export const INSIDE = {
  node: "/usr/bin/node",
  guest: "/berth/guest.mjs",
  plugin: "/plugin",
  data: "/data",
  temporary: "/tmp",
} as const;

/** The descriptor that the protocol is spoken on; never a standard stream, which any library may print to. */
export const CHANNEL_DESCRIPTOR = 3;
