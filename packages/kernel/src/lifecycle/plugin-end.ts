import type { ExitKind } from "@berth/contract";
import type { Generation } from "./generation.ts";

/** Stands by while a generation is on probation. */
export interface Guardian {
  /** The generation ended by itself. @returns whether this one sees to it; otherwise the plugin has failed. */
  onExit(generation: Generation, reason: string): boolean;
}

/** How a plugin ended, and which generation of it. */
export interface PluginEnd {
  /** Absent when other code than it had is to be used from now on. */
  generation?: Generation;
  kind: ExitKind;
  reason: string;
}

/** Sees to what is to follow when a plugin ended by itself, and nobody stands by. */
export interface Overseer {
  /** Called at once, so that calls can be held before they find it gone. @returns what the plugin is to be from now on. */
  onEnded(end: PluginEnd): "failed" | "unloaded";
}
