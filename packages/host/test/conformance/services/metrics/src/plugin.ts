import { type CallContext, definePlugin, defineService, defineServiceRef, HostError } from "@berth/sdk";
import type { Metrics } from "./contract.ts";

const given: string[] = [];

function untilGivenUp({ signal }: CallContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      given.push(signal.reason instanceof Error ? signal.reason.message : String(signal.reason));
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

const metrics = (name: string, scope: "host" | "plugin") =>
  defineService(defineServiceRef<Metrics>(name), {
    scope,
    create: (_config, ctx) => {
      const totals = new Map<string, number>();
      return {
        methods: {
          count: (input) => {
            const total = (totals.get(input.name) ?? 0) + 1;
            totals.set(input.name, total);
            return total;
          },
          about: (_input, call) => ({
            caller: call.caller,
            correlationId: call.correlationId,
            leftMs: call.deadline - ctx.now(),
            permissions: [...call.permissions],
          }),
          instance: () => ctx.instanceId,
          refuse: (input) => {
            throw new HostError("CONFIG_INVALID", "no such counter", { details: { name: input } });
          },
          crash: () => {
            throw new Error("the counter fell over", { cause: new TypeError("no floor") });
          },
          hang: (_input, call) => untilGivenUp(call),
          given: () => given.splice(0),
          size: (input) => input.length,
          text: (input) => "x".repeat(input),
          again: (_input, call) => ctx.services.get("report").call("again", null, call),
        },
      };
    },
  });

export default definePlugin({ provides: [metrics("metrics", "host"), metrics("own-metrics", "plugin")] });
