import type { PluginContext, ServiceInstance } from "@berth/sdk";
import { given, untilGivenUp } from "./given-up.ts";
import { history } from "./history.ts";

/** Tell of the call, of time and of the plugin itself. */
export function calls(ctx: PluginContext): ServiceInstance["methods"] {
  let count = 0;
  return {
    increment: () => ++count,
    history: () => history,
    given: () => given.splice(0),
    caller: (_input, call) => ({
      caller: call.caller,
      attempt: call.attempt,
      correlationId: call.correlationId,
      hasDeadline: Number.isFinite(call.deadline),
    }),
    remaining: (_input, call) => call.deadline - ctx.now(),
    now: () => ctx.now(),
    wait: (_input, call) => untilGivenUp(call.signal),
    spin: (input) => {
      const until = Date.now() + (input as number);
      while (Date.now() < until);
      return "spun";
    },
    tick: async (input) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      await ctx.schedule.after(input as number, resolve);
      await promise;
      return "ticked";
    },
    compilers: () => {
      const { process: own } = globalThis as { process?: { moduleLoadList?: readonly string[] } };
      return (own?.moduleLoadList ?? []).filter((name) => name.includes("amaro"));
    },
  };
}
