// First of all: whatever is imported below may use at once what it installs.
import { surroundings, web } from "./prelude.ts";
// oxlint-disable-next-line import/first -- in this order
import host from "berth:plugin/host@1.0.0";
import definition from "berth:plugin-code";
import { errorMessage, systemClock } from "@berth/base";
import { Peer } from "@berth/protocol";
import { createContext, createRemoteCapabilities, type Hello, MOST_STREAMS, serveGuest } from "@berth/sdk/runtime";
import type { WitValue } from "../world/wit-value.ts";
import { ComponentLink } from "./component-link.ts";

const link = new ComponentLink((messages) => host.send(messages));
const peer = new Peer({ link, clock: systemClock, side: "plugin", limits: { streams: MOST_STREAMS } });
serveGuest(peer, {
  clock: systemClock,
  load: async ({ plugin: { name, version } }: Hello) => {
    const capabilities = createRemoteCapabilities(peer, "");
    surroundings.write = (level, message) => capabilities.log({ level, message });
    const identity = { plugin: { name, version }, instanceId: "", now: () => Date.now() };
    // A client that knows nothing of contexts goes through the host all the same.
    globalThis.fetch = createContext(identity, capabilities).fetch;
    return { default: definition };
  },
});

/** What the component exports. */
export const conversation = {
  receive: (messages: WitValue): void => enter(() => link.receive(messages)),
  wake: (): void => enter(() => web.timers.wake(() => web.jobs.run())),
};

/** Runs until there is nothing more to do but wait. */
function enter(work: () => void): void {
  surroundings.isLoaded = true;
  try {
    work();
    web.jobs.run();
  } catch (error) {
    host.fail(described(error));
  }
  for (const reason of web.promises.takeUnhandled()) host.fail(described(reason));
}

function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${errorMessage(error)}` : errorMessage(error);
}
