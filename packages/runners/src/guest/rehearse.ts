import { MessageChannel } from "node:worker_threads";
import { Peer, portLink } from "@berth/protocol";
import { definePlugin, defineService } from "@berth/sdk";
import { type GuestOptions, type Hello, PROTOCOL, type SaveStateAnswer, serveGuest } from "@berth/sdk/runtime";
import type { CodePlace } from "./load-module.ts";

/** Any module: the loader of modules has parts that are made when the first one comes. */
const ANY_MODULE = { url: "data:text/javascript,", text: "export {};", isModule: true };

/**
 * Plays the opening of a plugin and the handing on of its state through, with one that does nothing, in a guest that waits for its own:
 * what runs for the first time is compiled first, which takes longer than running it. Leaves nothing behind.
 */
export async function rehearse({ clock, load, work }: Pick<GuestOptions, "clock" | "load" | "work">): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  using host = new Peer({ link: portLink(port1), clock });
  using guest = new Peer({ link: portLink(port2), clock, side: "plugin" });
  const stage = { instanceId: "i", contribution: "service/s", config: {} };
  const module = {
    default: definePlugin({
      provides: [defineService("s", { create: () => ({ methods: { echo: (input) => input } }) })],
      saveState: () => ({ count: 1 }),
      restoreState: () => undefined,
    }),
  };
  serveGuest(guest, {
    clock,
    load: async (hello) => {
      await load(hello);
      return module;
    },
    ...(work ? { work } : {}),
  });
  const now = Date.now();
  const plugin = { name: "rehearsal", version: "0.0.0", provides: [stage.contribution] };
  const code: CodePlace = { entry: ANY_MODULE.url, shownAs: "a module", modules: [ANY_MODULE] };
  await host.request("hello", { protocol: PROTOCOL, plugin, code, now, instances: [stage] } satisfies Hello);
  await host.request("plugin.initialize", {});
  await host.request("plugin.start", {});
  await host.request("instance.open", { ...stage, instanceId: "another" });
  await host.request("call", { ...stage, member: "echo", args: [{ a: ["text", 1] }], now, attempt: 1, caller: "" });
  await host.request("plugin.quiet", { events: 0 });
  const { state } = (await host.request("plugin.save_state", { maxBytes: 1_000 })) as SaveStateAnswer;
  await host.request("plugin.restore_state", { state });
  await host.request("plugin.health", {});
}
