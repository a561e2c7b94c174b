import { Socket } from "node:net";
import { systemClock } from "@berth/base";
import { Peer, socketLink } from "@berth/protocol";
import { createRemoteCapabilities, EventFeed, type Hello, MOST_STREAMS, serveGuest } from "@berth/sdk/runtime";
import { canInspect } from "./can-inspect.ts";
import { loadModule, shareSdk } from "./load-module.ts";
import { resolveWithoutPackage } from "./modules-without-package.ts";
import { GivenModules } from "./load-given.ts";
import { createNamedWork } from "./named-work.ts";
import { routeNetwork } from "./net/route-network.ts";
import { placeCode, type SentCode } from "./place-code.ts";
import { serveInspections } from "./serve-inspections.ts";
import { rehearse } from "./rehearse.ts";

// What a plugin gets when it imports the SDK.
export * from "@berth/sdk";

/** Where the host holds the other end; standard input and output are the plugin's. */
const HOST_FD = 3;

/** What the host says on the command line: `sent` when the code comes with the first message, `spare` when that is not known yet. */
const [, , origin] = process.argv;

shareSdk(import.meta.url);
const given = new GivenModules();
const link = socketLink(new Socket({ fd: HOST_FD, readable: true, writable: true }));
if (origin !== undefined) link.acceptLargeFrames();
const peer = new Peer({ link, clock: systemClock, side: "plugin", limits: { streams: MOST_STREAMS } });
const work = createNamedWork();
routeNetwork(createRemoteCapabilities(peer, "", new EventFeed(peer), work));
const inspects = canInspect();
if (inspects) serveInspections(peer, systemClock, import.meta.url);
const load = (hello: Hello): Promise<unknown> => {
  const { sent, folder } = hello.code as { sent?: SentCode; folder?: string };
  if (sent) placeCode(sent);
  if (folder !== undefined) resolveWithoutPackage(folder);
  return loadModule(hello, given);
};
serveGuest(peer, {
  clock: systemClock,
  inspects,
  load,
  work,
  encodings: ["msgpack"],
  onGreeted: (encodings) => {
    link.acceptLargeFrames();
    if (encodings.includes("msgpack")) link.useBinary();
  },
});
if (origin === "spare") {
  // Time it has while it waits, and would not have later.
  await rehearse({ clock: systemClock, load, work });
  // The first sign of life, which tells the host that the next plugin may have it.
  peer.notify("$/ready", {});
}
// Without its host there is nothing it could do, and nobody who would end it.
void peer.ended.then(() => process.exit());
