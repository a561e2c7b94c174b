import { definePlugin, defineService } from "@berth/sdk";

/** The same without anything to hand on. */
export default definePlugin({
  provides: [defineService("probe", { create: () => ({ methods: { echo: (input) => input } }) })],
});
