import { defineService, HostError, type JsonValue, type PluginDefinition, type SavedState } from "@berth/sdk";

/** Deeper than anybody writes by hand. */
function nested(levels: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

/** What a plugin may try to hand on and cannot, by the name the suite asks for it. */
const UNCARRIABLE: Readonly<Record<string, () => unknown>> = {
  function: () => ({ users: [{ name: "Ada", onLogin: () => 1 }] }),
  map: () => ({ byName: new Map() }),
  "not a number": () => [Number.NaN],
  "bytes in JSON": () => ({ "the image": new Uint8Array(1) }),
  cycle: () => {
    const state: { self: { around?: unknown }[] } = { self: [{}] };
    state.self[0]!.around = state;
    return state;
  },
  deep: () => ({ tree: nested(300) }),
  large: () => ({ text: "x".repeat(1_100_000) }),
  "large bytes": () => new Uint8Array(1_100_000),
};

let carried: SavedState | undefined;
let uncarriable: string | undefined;
/** What it was given to go on from, in which form. */
let migrated: JsonValue = null;

export const state = defineService("state", {
  create: () => ({
    methods: {
      set: (input) => {
        carried = input === null ? undefined : input;
        return null;
      },
      get: () => (carried ?? null) as JsonValue,
      migrated: () => migrated,
      spoil: (input) => {
        uncarriable = (input as string | null) ?? undefined;
        return null;
      },
    },
  }),
});

/** What the plugin hands from one generation to the next. */
export const HANDING_ON = {
  stateVersion: 3,
  saveState: () => {
    if (uncarriable === "failure") throw new Error("the shelf is stuck");
    return uncarriable === undefined ? carried : (UNCARRIABLE[uncarriable]!() as SavedState);
  },
  restoreState: (value) => {
    if (value === "unusable") throw new Error("this is not mine");
    carried = value;
  },
  migrateState: (value, { from, to }) => {
    if (from < 2) throw new HostError("STATE_INCOMPATIBLE", `it knows no version ${from}`);
    migrated = { from, to, isBytes: value instanceof Uint8Array };
    return value instanceof Uint8Array ? value : { of: from, value };
  },
} satisfies Partial<PluginDefinition>;
