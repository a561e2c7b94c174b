import { MessageChannel } from "node:worker_threads";
import { type Clock, systemClock } from "@berth/base";
import { type HostError } from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import { type Link, Peer, portLink } from "@berth/protocol";
import { definePlugin, type PluginDefinition } from "@berth/sdk";
import { serveGuest } from "@berth/sdk/runtime";
import type { Ending, FarEnd } from "../../src/remote/far-end.ts";
import { RemoteChannel, type RemoteChannelOptions } from "../../src/remote/remote-channel.ts";
import { NEVER, openRequest } from "./open-request.ts";

/** A far end in this thread: everything crosses a real port, and a test can see and do what happens there. */
export class NearEnd implements FarEnd {
  readonly link: Link;
  /** The plugin's side of the conversation. */
  readonly pluginLink: Link;
  readonly gone: Promise<Ending>;
  /** What was said when it was killed. */
  readonly kills: Ending[] = [];
  readonly #settle: (ending: Ending) => void;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.link = portLink(port1);
    this.pluginLink = portLink(port2);
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.gone = promise;
    this.#settle = resolve;
  }

  kill(ending: Ending): void {
    this.kills.push(ending);
    this.end(ending);
  }

  /** It ends by itself. */
  end(ending: string | HostError): void {
    this.pluginLink.close();
    this.#settle(ending);
  }
}

/** How {@link openHere} opens. */
export interface HereOptions extends Partial<Omit<RemoteChannelOptions, "farEnd">> {
  request?: OpenRequest;
  /** The clock of the plugin's side. */
  guestClock?: Clock;
}

/** Opens a plugin that runs in this thread, over a port. */
export async function openHere(provides: PluginDefinition["provides"], options: HereOptions = {}) {
  const end = new NearEnd();
  const { guestClock = systemClock, ...more } = options;
  const peer = new Peer({ link: end.pluginLink, clock: guestClock, side: "plugin" });
  const module = { default: definePlugin({ provides: provides as never }) };
  serveGuest(peer, { clock: guestClock, load: () => Promise.resolve(module) });
  const channel = await openOver(end, { request: openRequest(idsOf(provides)), ...more });
  return { channel, end, peer };
}

/** Opens a channel to whatever a test has put at the far end. */
export function openOver(farEnd: FarEnd, options: HereOptions = {}, signal = NEVER): Promise<RemoteChannel> {
  return RemoteChannel.open(
    { tier: "worker", request: openRequest([]), clock: systemClock, code: {}, ...options, farEnd },
    signal,
  );
}

/** What a {@link plainPlugin} hears and says. */
export interface PlainMessage {
  id?: number;
  method?: string;
  params?: never;
  result?: unknown;
}

/** A plugin that says whatever a test wants, message by message; what `answer` gives for a request is its result. */
export function plainPlugin(
  end: NearEnd,
  answer: (message: PlainMessage, say: (message: PlainMessage) => void) => unknown,
): (message: PlainMessage) => void {
  const say = (message: PlainMessage): void => end.pluginLink.send([message as never]);
  end.pluginLink.open({
    onMessages: (messages) => {
      for (const message of messages as readonly PlainMessage[]) {
        const result = answer(message, say);
        if (result !== undefined && message.id !== undefined) say({ id: message.id, result });
      }
    },
    onRefused: () => undefined,
    onEnd: () => undefined,
  });
  return say;
}

function idsOf(provides: PluginDefinition["provides"]): string[] {
  return provides.map(({ kind, name }) => `${kind}/${name}`);
}
