import type { JsonValue } from "@berth/base";

/** What one generation of a plugin hands to the next. */
export interface PluginState {
  /** Which form `value` has: a whole number from 1, counted by the plugin's author. */
  version: number;
  value: JsonValue | Uint8Array;
}
