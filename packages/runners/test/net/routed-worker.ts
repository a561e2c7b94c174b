import { type MessagePort, workerData } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { Peer, portLink } from "@berth/protocol";
import { createRemoteCapabilities } from "@berth/sdk/runtime";
import { routeNetwork } from "../../src/guest/net/route-network.ts";

const { port } = workerData as { port: MessagePort };
const peer = new Peer({ link: portLink(port), clock: systemClock, side: "plugin" });
routeNetwork(createRemoteCapabilities(peer, ""));
// After that, as the code of a plugin is.
const scenarios = (await import("./scenarios.ts")) as Record<string, (params: never) => unknown>;
peer.handle("run", (asked) => {
  const { name, params } = asked as { name: string; params: never };
  return scenarios[name]!(params);
});
