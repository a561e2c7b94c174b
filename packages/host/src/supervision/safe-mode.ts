import { HostError, type Tier } from "@berth/contract";
import type { PluginTrust } from "../plugins/plugin-trust.ts";

/**
 * What runs when nothing else would: plugins that come with Berth, in the host's own thread. They need no sandbox, no thread, and nobody
 * else's code.
 *
 * @throws HostError `PLUGIN_LEFT_OUT` for any other.
 */
export function assertSafe(plugin: string, trust: PluginTrust, tier: Tier): void {
  if (trust === "first-party" && tier === "inline") return;
  const why = trust === "first-party" ? `it runs in tier ${tier}` : "it does not come with Berth";
  throw new HostError("PLUGIN_LEFT_OUT", `Plugin "${plugin}" is left out in safe mode: ${why}`);
}
