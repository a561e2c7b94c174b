import { Socket } from "node:net";
import { systemClock } from "@berth/base";
import { Peer, socketLink } from "@berth/protocol";
import { serveGuest } from "@berth/sdk/runtime";
import { loadModule, shareSdk } from "./load-module.ts";

// What a plugin gets when it imports the SDK.
export * from "@berth/sdk";

/** Where the host holds the other end; standard input and output are the plugin's. */
const HOST_FD = 3;

shareSdk(import.meta.url);
const link = socketLink(new Socket({ fd: HOST_FD, readable: true, writable: true }));
const peer = new Peer({ link, clock: systemClock, side: "plugin" });
serveGuest(peer, {
  clock: systemClock,
  load: loadModule,
  encodings: ["msgpack"],
  onGreeted: (encodings) => {
    link.acceptLargeFrames();
    if (encodings.includes("msgpack")) link.useBinary();
  },
});
// Without its host there is nothing it could do, and nobody who would end it.
void peer.ended.then(() => process.exit());
