import type { Capabilities, Channel, Manifest, PluginIdentity, Tier } from "@berth/contract";

/** What a runner needs to run one generation of a plugin. */
export interface OpenRequest {
  identity: PluginIdentity;
  manifest: Manifest;
  /** Absolute folder of the plugin's code. */
  folder: string;
  /** Which load of this plugin in this host it is, from 1. */
  generation: number;
  /** Capabilities of one instance, made and owned by the host; `""` is the plugin as a whole. */
  capabilities: (instanceId: string) => Capabilities;
  /** Milliseconds since 1970 by the host's clock. */
  now: () => number;
}

/** Runs plugins in one tier. The kernel knows tiers only through this. */
export interface Runner {
  readonly tier: Tier;
  /**
   * Loads the code and checks it against the contract; no hook of the plugin has run when it resolves. What was opened is closed
   * again when it fails or `signal` aborts.
   */
  open(request: OpenRequest, signal: AbortSignal): Promise<Channel>;
}
