import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Peer, portLink } from "@berth/protocol";
import { MOST_STREAMS, serveGuest } from "@berth/sdk/runtime";
import { answerHost } from "./answer-host.ts";
import { boundOutput } from "./bound-output.ts";
import { guestClock } from "./guest-clock.ts";
import { type CompiledMessage, type GuestCode, shareCode } from "./guest-code.ts";
import { type CodePlace, loadModule, shareSdk } from "./load-module.ts";
import { StrippedModules } from "./load-stripped.ts";
import { createNamedWork } from "./named-work.ts";
import type { OutputMessage } from "./output-messages.ts";
import { serveInspections } from "./serve-inspections.ts";
import { rehearse } from "./rehearse.ts";

// What a plugin gets when it imports the SDK.
export * from "@berth/sdk";

/** What the host says to a thread that it starts. */
export interface WorkerData {
  /** Whether its plugin is still to come, so that there is time to get everything ready. */
  isSpare: boolean;
  inspects: boolean;
  compiled?: GuestCode | undefined;
}

const YOUNG_BYTES = 2 ** 20;
const GARBAGE_BYTES = 2 ** 10;

const { port, isSpare, inspects, compile } = workerData as WorkerData & {
  port: MessagePort;
  compile?: () => GuestCode;
};
shareSdk(import.meta.url);
const stripped = new StrippedModules();
answerHost(parentPort!);
const peer = new Peer({ link: portLink(port), clock: guestClock, side: "plugin", limits: { streams: MOST_STREAMS } });
if (inspects) serveInspections(peer, guestClock, import.meta.url);
serveGuest(peer, {
  clock: guestClock,
  inspects,
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
  void rehearse(guestClock).finally(tellCompiled);
}

/** All that a plugin's opening calls is compiled by now, and no plugin had a hand in it. */
function tellCompiled(): void {
  const message: CompiledMessage = { compiled: compile ? shareCode(compile()) : null };
  parentPort!.postMessage(message, []);
  collectYoung();
}

/** Fills the room that V8 starts with for young objects, so that it is collected now and not while the plugin opens: that would take a fifth longer. */
function collectYoung(): void {
  for (let filled = 0; filled < YOUNG_BYTES; filled += GARBAGE_BYTES) Array.from({ length: GARBAGE_BYTES / 8 });
}

function holdOutput(linesPerSecond: number): void {
  const tell = (message: OutputMessage): void => parentPort!.postMessage(message, []);
  const output = boundOutput(process, { clock: guestClock, linesPerSecond, tell });
  process.once("exit", () => output[Symbol.dispose]());
}
