import { definePlugin, defineService } from "@berth/sdk";
import { calls } from "./calls.ts";
import { capabilities } from "./capabilities.ts";
import { ERRORS } from "./errors.ts";
import { events } from "./events.ts";
import { history } from "./history.ts";
import { KINDS } from "./kinds.ts";
import { HANDING_ON, state } from "./state.ts";
import { VALUES } from "./values.ts";

const service = defineService("probe", {
  create: (_config, ctx) => ({
    methods: { ...VALUES, ...calls(ctx), ...ERRORS, ...capabilities(ctx), ...events(ctx) },
  }),
});

export default definePlugin({
  provides: [...KINDS, service, state],
  ...HANDING_ON,
  initialize: () => void history.push("initialize"),
  start: () => void history.push("start"),
  stop: async (ctx) => {
    history.push("stop");
    await ctx.store.set("stopped", true);
  },
  cleanup: () => void history.push("cleanup"),
  health: () => ({ health: "degraded", message: "a probe is never quite well" }),
});
