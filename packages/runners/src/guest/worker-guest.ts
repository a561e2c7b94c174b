import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { Peer, portLink } from "@berth/protocol";
import { MOST_STREAMS, serveGuest } from "@berth/sdk/runtime";
import { answerHost } from "./answer-host.ts";
import { boundOutput } from "./bound-output.ts";
import { type CodePlace, loadModule, shareSdk } from "./load-module.ts";
import { StrippedModules } from "./load-stripped.ts";
import { createNamedWork } from "./named-work.ts";
import type { OutputMessage } from "./output-messages.ts";
import { CAN_INSPECT, serveInspections } from "./serve-inspections.ts";
import { rehearse } from "./rehearse.ts";

// What a plugin gets when it imports the SDK.
export * from "@berth/sdk";

const { port, isSpare } = workerData as { port: MessagePort; isSpare: boolean };
shareSdk(import.meta.url);
const stripped = new StrippedModules();
answerHost(parentPort!);
const peer = new Peer({ link: portLink(port), clock: systemClock, side: "plugin", limits: { streams: MOST_STREAMS } });
if (CAN_INSPECT) serveInspections(peer, systemClock, import.meta.url);
serveGuest(peer, {
  clock: systemClock,
  inspects: CAN_INSPECT,
  load: (hello) => {
    const { logRate } = hello.code as CodePlace;
    if (logRate !== undefined) holdOutput(logRate);
    return loadModule(hello, stripped);
  },
  work: createNamedWork(),
});
// Its plugin is on the way already to one that is no spare.
if (isSpare) {
  // Node.js makes them when they are asked for, which takes as long as loading a small module.
  void [process.stdout, process.stderr];
  void rehearse();
}

function holdOutput(linesPerSecond: number): void {
  const tell = (message: OutputMessage): void => parentPort!.postMessage(message, []);
  const output = boundOutput(process, { clock: systemClock, linesPerSecond, tell });
  process.once("exit", () => output[Symbol.dispose]());
}
