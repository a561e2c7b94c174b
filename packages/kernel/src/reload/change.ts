import type { PluginState } from "@berth/contract";
import type { Generation, ManagedPlugin, PluginCode } from "../lifecycle/index.ts";

/** One plugin that is to be replaced. */
export interface SwapPart {
  plugin: ManagedPlugin;
  code: PluginCode;
  /** What the new generation goes on from, instead of what the one before it saves. */
  state?: PluginState | undefined;
  /** Names of those that come before it, of all that are replaced together. */
  needs?: readonly string[];
}

/** A generation and the code it runs. */
export interface Running {
  code: PluginCode;
  generation: Generation;
}

/** One plugin of a reload: what served, and what is to serve. */
export interface Change {
  plugin: ManagedPlugin;
  before: Running;
  after: Running;
  /** What was handed over. */
  state?: PluginState | undefined;
  needs?: readonly string[];
}

/** Ends generations at the same time; what goes wrong in that is over with them. */
export async function endAll(generations: readonly Generation[]): Promise<void> {
  await Promise.allSettled(generations.map((generation) => generation.end(true)));
}
