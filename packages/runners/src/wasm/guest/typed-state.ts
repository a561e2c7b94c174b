import { HostError } from "@berth/contract";
import type { PluginDefinition, SavedState } from "@berth/sdk";
import { fromJson } from "../world/wit-value.ts";

/** `state.content` of the world. */
type WitState = { tag: "json"; value: string } | { tag: "bytes"; value: Uint8Array };

/** Asks a function of the interface `state`, and gives what it answered. */
export type AskState = (name: "save" | "restore" | "migrate", args: readonly unknown[]) => unknown;

/** The hooks of a plugin that hands state on. */
export type StateHooks = Pick<PluginDefinition, "stateVersion" | "saveState" | "restoreState" | "migrateState">;

/** The largest number that its version can be told. */
const MOST_VERSION = 2 ** 32 - 1;

/** How a component that exports `state` hands its own on, as the hooks of a plugin. */
export function stateHooks(version: number, ask: AskState): StateHooks {
  return {
    stateVersion: version,
    saveState: async () => {
      const state = (await ask("save", [])) as WitState | undefined;
      return state && fromWitState(state);
    },
    restoreState: async (state) => void (await ask("restore", [toWitState(state)])),
    migrateState: async (state, { from }) => {
      if (from < 0 || from > MOST_VERSION) {
        throw new HostError("STATE_INCOMPATIBLE", `Cannot migrate state: the plugin has no version ${from} of it`);
      }
      return fromWitState((await ask("migrate", [toWitState(state), from])) as WitState);
    },
  };
}

function toWitState(state: SavedState): WitState {
  return state instanceof Uint8Array ? { tag: "bytes", value: state } : { tag: "json", value: JSON.stringify(state) };
}

/** What is no JSON is the component's failure; what is too deep or too large the runtime finds, which asked for it. */
function fromWitState(state: WitState): SavedState {
  return state.tag === "bytes" ? state.value : (fromJson(state.value) as SavedState);
}
