import { definePlugin } from "@berth/sdk";
import chosen from "./fault.json" with { type: "json" };
import type { PluginFault } from "./faults.ts";
import { layouts } from "./layouts.ts";
import { never, sourceNamed } from "./source.ts";

const { fault, source: name } = chosen as { fault: PluginFault; source?: string };
if (fault === "crash-at-load") throw new Error("crashed while loading");

async function strikeAt(step: string): Promise<void> {
  if (fault === `throw-at-${step}`) throw new Error(`failed to ${step}`);
  if (fault === `hang-at-${step}`) await never();
}

const plugin = definePlugin({
  provides: [
    ...(fault === "breaks-promise" ? [] : [sourceNamed(name ?? "misbehaving")]),
    ...(name === undefined ? layouts : []),
  ],
  initialize: () => strikeAt("initialize"),
  start: async (ctx) => {
    if (fault === "leak-subscription") await ctx.events.subscribe("misbehaving.>", () => undefined);
    await strikeAt("start");
  },
  stop: () => strikeAt("stop"),
  cleanup: () => strikeAt("cleanup"),
});

export default fault === "no-plugin" ? undefined : plugin;
