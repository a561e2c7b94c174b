import { definePlugin, defineService } from "@berth/sdk";

/** How often each thing was counted. */
const tally = new Map<string, number>();

export default definePlugin({
  provides: [
    defineService("tally", {
      create: () => ({
        methods: {
          add: (thing) => {
            const name = typeof thing === "string" ? thing : "something";
            const count = (tally.get(name) ?? 0) + 1;
            tally.set(name, count);
            return count;
          },
        },
      }),
    }),
  ],
  stateVersion: 2,
  saveState: () => Object.fromEntries(tally),
  restoreState: (state) => {
    for (const [thing, count] of Object.entries(state as Record<string, number>)) tally.set(thing, count);
  },
  // Version 1 kept one number for everything.
  migrateState: (state) => ({ "before version 2": Number(state) }),
});
