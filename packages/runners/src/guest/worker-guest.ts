import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { Peer, portLink } from "@berth/protocol";
import { MOST_STREAMS, serveGuest } from "@berth/sdk/runtime";
import { answerHost } from "./answer-host.ts";
import { loadModule, shareSdk } from "./load-module.ts";
import { createNamedWork } from "./named-work.ts";
import { CAN_INSPECT, serveInspections } from "./serve-inspections.ts";
import { rehearse } from "./rehearse.ts";

// What a plugin gets when it imports the SDK.
export * from "@berth/sdk";

const { port, isSpare } = workerData as { port: MessagePort; isSpare: boolean };
shareSdk(import.meta.url);
answerHost(parentPort!);
const peer = new Peer({ link: portLink(port), clock: systemClock, side: "plugin", limits: { streams: MOST_STREAMS } });
if (CAN_INSPECT) serveInspections(peer, systemClock, import.meta.url);
serveGuest(peer, { clock: systemClock, inspects: CAN_INSPECT, load: loadModule, work: createNamedWork() });
// Its plugin is on the way already to one that is no spare.
if (isSpare) void rehearse();
