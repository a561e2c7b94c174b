import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Peer, portLink } from "@berth/protocol";
import { type Hello, MOST_STREAMS, serveGuest } from "@berth/sdk/runtime";
import { answerHost } from "./answer-host.ts";
import { DEFAULT_LIMITS } from "../limits/resolve-limits.ts";
import type { OutputLog } from "../plugin-output/output-log.ts";
import { boundOutput } from "./bound-output.ts";
import { CodeHold } from "./code-hold.ts";
import { guestClock } from "./guest-clock.ts";
import { collectYoung } from "./collect-young.ts";
import { type CompiledMessage, type GuestCode, shareCode } from "./guest-code.ts";
import { type CodePlace, loadModule, shareSdk } from "./load-module.ts";
import { type GivenModule, GivenModules } from "./load-given.ts";
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
  /** Of its {@link CodeHold}. */
  held: SharedArrayBuffer;
  /** Brings the plugin's modules, before what is held is released: they may be known later than all else. */
  modules: MessagePort;
  compiled?: GuestCode | undefined;
}

const { port, isSpare, inspects, held, modules, compile } = workerData as WorkerData & {
  port: MessagePort;
  compile?: () => GuestCode;
};
shareSdk(import.meta.url);
const hold = new CodeHold(held);
const given = new GivenModules(awaitModules);
answerHost(parentPort!);
const peer = new Peer({ link: portLink(port), clock: guestClock, side: "plugin", limits: { streams: MOST_STREAMS } });
if (inspects) serveInspections(peer, guestClock, import.meta.url);
const guest = { clock: guestClock, load: (hello: Hello) => loadModule(hello, given), work: createNamedWork() };
let output: OutputLog | undefined;
serveGuest(peer, {
  ...guest,
  inspects,
  load: (hello) => {
    const { logRate } = hello.code as CodePlace;
    if (logRate !== undefined) (output ??= holdOutput()).allow(logRate);
    return guest.load(hello);
  },
});
// Its plugin is on the way already to one that is no spare.
if (isSpare) {
  // Node.js makes the streams when they are asked for, which takes as long as loading a small module.
  output = holdOutput();
  void rehearse(guest).finally(tellCompiled);
}

/** Sleeps until there is something that may be loaded. */
function awaitModules(): readonly GivenModule[] {
  hold.pass();
  return (receiveMessageOnPort(modules)?.message ?? []) as readonly GivenModule[];
}

/** All that a plugin's opening calls is compiled by now, and no plugin had a hand in it. */
function tellCompiled(): void {
  const message: CompiledMessage = { compiled: compile ? shareCode(compile()) : null };
  parentPort!.postMessage(message, []);
  collectYoung();
}

function holdOutput(): OutputLog {
  const tell = (message: OutputMessage): void => parentPort!.postMessage(message, []);
  const held = boundOutput(process, { clock: guestClock, linesPerSecond: DEFAULT_LIMITS.log_rate, tell });
  process.once("exit", () => held[Symbol.dispose]());
  return held;
}
