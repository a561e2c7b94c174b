import { definePlugin, defineService } from "@berth/sdk";

let total = 0;

export default definePlugin({
  provides: [
    defineService("tally", {
      create: () => ({ methods: { add: () => ++total } }),
    }),
  ],
  saveState: () => total,
  restoreState: (state) => {
    total = Number(state);
  },
});
