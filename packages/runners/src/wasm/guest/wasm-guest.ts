import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { Peer, portLink } from "@berth/protocol";
import { createRemoteCapabilities, EventFeed, type Hello, MOST_STREAMS, serveGuest } from "@berth/sdk/runtime";
import { answerHost } from "../../guest/answer-host.ts";
import { linkComponent } from "../component/link-component.ts";
import type { LinkedComponent } from "../component/link-component.ts";
import { OutputLog } from "../../plugin-output/output-log.ts";
import { assertExports } from "../world/check-exports.ts";
import { ComponentHost } from "../world/component-host.ts";
import type { HostFunctions } from "../world/host-function.ts";
import { wasiInterfaces } from "../world/wasi/wasi-interfaces.ts";
import { ComponentCalls } from "./component-calls.ts";
import { FlowControl } from "./flow-control.ts";
import { LateLink } from "./late-link.ts";
import { MemoryNotice } from "./memory-notice.ts";
import { openComponent, type ReadyComponent } from "./open-component.ts";
import { Relay } from "./relay.ts";
import type { CompiledComponent, ComponentCode, ThreadMessage } from "./thread-messages.ts";
import { TypedPlugin } from "./typed-plugin.ts";

const clock = systemClock;
const { port, taken, cache } = workerData as {
  port: MessagePort;
  taken: Int32Array<SharedArrayBuffer>;
  /** Has been sent what the host has of the component, before it says hello. */
  cache: MessagePort;
};
const tell = (message: ThreadMessage): void => parentPort!.postMessage(message, []);

answerHost(parentPort!);
const link = new LateLink(portLink(port), (message) => void begin((message as { params: Hello }).params));

/** The host has said hello: which of the two ways of talking it will be, the component tells. */
async function begin(hello: Hello): Promise<void> {
  const code = hello.code as ComponentCode;
  const skewMs = hello.now - clock.now();
  const now = (): number => clock.now() + skewMs;
  try {
    const cached = receiveMessageOnPort(cache)?.message as CompiledComponent | undefined;
    const ready = await openComponent(code, cached, (compiled) => tell({ compiled }));
    if (ready.kind === "conversation") converse(ready, code, now);
    else serveTyped(ready, code, now);
  } catch (error) {
    // Told as the answer to `hello`.
    serve(() => Promise.reject(error));
  }
}

/** A component that speaks the protocol hears `hello` itself. */
function converse(ready: ReadyComponent, code: ComponentCode, now: () => number): void {
  const flow = new FlowControl(taken);
  const relay = new Relay({ clock, now, link, flow, interfaces: ready.interfaces });
  relay.start(linkReady(ready, code, relay.imports, false));
}

/** A component of typed functions is spoken for. */
function serveTyped(ready: ReadyComponent, code: ComponentCode, now: () => number): void {
  const peer = serve(async ({ plugin: identity }) => {
    const feed = new EventFeed(peer, now);
    const plugin = new TypedPlugin({ clock, now, capabilities: (id) => createRemoteCapabilities(peer, id, feed) });
    return { default: await plugin.define(linkReady(ready, code, plugin.imports, true), identity) };
  });
}

function serve(load: (hello: Hello) => Promise<unknown>): Peer {
  const peer = new Peer({ link, clock, side: "plugin", limits: { streams: MOST_STREAMS } });
  serveGuest(peer, { clock, load });
  return peer;
}

function linkReady(
  { file, modules, kind }: ReadyComponent,
  { interfaces, memoryMb, logRate }: ComponentCode,
  functions: Record<string, HostFunctions>,
  maySuspend: boolean,
): { component: LinkedComponent; calls: ComponentCalls; onFailure: () => void } {
  const output = new OutputLog({
    clock,
    linesPerSecond: logRate,
    onLine: (line) => tell({ output: line }),
    onLimit: (limit) => tell({ limit }),
  });
  const host = new ComponentHost({
    granted: new Set(interfaces),
    functions,
    wasi: wasiInterfaces({ clock, maySuspend, output: (stream, bytes) => output.push(stream, bytes) }),
  });
  const component = linkComponent(file, modules, host);
  assertExports(component, kind);
  const notice = new MemoryNotice(component, memoryMb, (limit) => tell({ limit }));
  const onTrap = (error: Error): void => {
    notice.look();
    tell({ trapped: error.message });
  };
  return { component, calls: new ComponentCalls(component, onTrap), onFailure: () => notice.look() };
}
