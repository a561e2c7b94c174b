import { definePlugin, defineService, defineServiceRef, type JsonValue, type ServiceClient } from "@berth/sdk";
import type { Metrics } from "../../metrics/src/contract.ts";

const METRICS = defineServiceRef<Metrics>("metrics");

/** Kept from the very beginning, whatever becomes of who provides it. */
let metrics: ServiceClient<Metrics>;
let countedAtStart = 0;

/** What to call, with what. */
type Asked = [service: string, method: string, input?: JsonValue];

const report = defineService("report", {
  create: (_config, ctx) => ({
    methods: {
      countedAtStart: () => countedAtStart,
      count: (input, call) => metrics.count({ name: input as string }, call),
      about: async (_input, call) => ({ ...(await metrics.about(null, call)) }),
      aboutAlone: async () => ({ ...(await metrics.about()) }),
      again: (_input, call) => metrics.again(null, call),
      call: (input, call) => {
        const [service, method, given] = input as Asked;
        return ctx.services.get(service).call(method, given ?? null, call);
      },
      callAlone: (input) => {
        const [service, method, given] = input as Asked;
        return ctx.services.call(service, method, given ?? null);
      },
      find: async (input) => (await ctx.services.find(input as string)) !== undefined,
      many: async (input, call) =>
        await Promise.all(Array.from({ length: input as number }, (_, at) => metrics.size("x".repeat(at), call))),
    },
  }),
});

export default definePlugin({
  provides: [report],
  initialize: async (ctx) => {
    metrics = ctx.services.get(METRICS);
    countedAtStart = await metrics.count({ name: "starts" });
  },
});
