import type { JsonValue } from "@berth/base";
import type { Tier } from "@berth/contract";
import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";

/** Counts by name, says who calls, and passes calls on. */
const METRICS: PluginToWrite = {
  name: "metrics-plugin",
  provides: { service: ["metrics", "own-metrics"] },
  manifest: '[permissions]\nservices = ["report"]',
  source: `
    import { defineService, definePlugin, HostError } from "@berth/sdk";
    const counting = (name: string, scope: "host" | "plugin") => defineService(name, {
      scope,
      create: (_config, ctx) => {
        const totals = new Map<string, number>();
        return {
          methods: {
            count: (input) => {
              const { name } = input as { name: string };
              totals.set(name, (totals.get(name) ?? 0) + 1);
              return totals.get(name)!;
            },
            instance: () => ctx.instanceId,
            about: (_input, call) => ({
              caller: call.caller,
              correlationId: call.correlationId,
              left: call.deadline - ctx.now(),
              permissions: [...call.permissions],
            }),
            refuse: () => {
              throw new HostError("CONFIG_INVALID", "no such counter", { details: { name: "x" } });
            },
            crash: () => {
              throw new Error("the counter fell over");
            },
            hang: (_input, call) => new Promise((_resolve, reject) => {
              call.signal.addEventListener("abort", () => reject(call.signal.reason));
            }),
            again: (input, call) => ctx.services.call("report", "again", input, call),
          },
        };
      },
    });
    export default definePlugin({ provides: [counting("metrics", "host"), counting("own-metrics", "plugin")] });`,
};

/** Calls others by what it is told, through a handle that it got at the very beginning. */
function reporter(name: string, service = name): PluginToWrite {
  return {
    name,
    provides: { service: [service] },
    manifest: '[permissions]\nservices = ["metrics", "own-metrics", "metrcis"]\nmay = ["metrics.read"]',
    source: `
      import { defineService, definePlugin, defineServiceRef, type PluginContext, type ServiceClient } from "@berth/sdk";
      interface Metrics {
        count(input: { name: string }): number;
        about(): { caller: string };
        refuse(): void;
        again(input: number): number;
      }
      let metrics: ServiceClient<Metrics>;
      export default definePlugin({
        initialize: (ctx: PluginContext) => void (metrics = ctx.services.get(defineServiceRef<Metrics>("metrics"))),
        provides: [
          defineService("${service}", {
            create: (_config, ctx) => ({
              methods: {
                count: (_input, call) => metrics.count({ name: "visits" }, call),
                about: (_input, call) => metrics.about(null, call),
                aboutFresh: () => metrics.about(),
                call: (input, call) => {
                  const [service, method, given = null] = input as [string, string, never];
                  return ctx.services.get(service).call(method, given, call);
                },
                find: async (input) => (await ctx.services.find(input as string)) !== undefined,
                again: (_input, call) => metrics.again(0, call),
              },
            }),
          }),
        ],
      });`,
  };
}

const settings = (isolation: Tier) => ({ enabled: true, accept_unenforced: [], isolation });

function openHost(tier: Tier = "inline"): Promise<TestHost> {
  return createTestHost({
    plugins: [METRICS, reporter("reporter", "report"), reporter("second")],
    config: {
      plugins: { "metrics-plugin": settings(tier), reporter: settings(tier), second: settings(tier) },
    },
  });
}

const call = (host: TestHost, service: string, method: string, input: JsonValue = null): Promise<JsonValue> =>
  host.services.call({ service, method, input, caller: "app/test", signal: AbortSignal.timeout(60_000) });

describe("A service of a plugin", () => {
  test("is called by an application by its name, and loaded by the first call [OPS-18, OPS-36]", async () => {
    await using host = await openHost();
    const provider = host.plugins.get("metrics-plugin");
    expect(host.services.names()).toEqual(["machine", "metrics", "own-metrics", "report", "runs", "second"]);
    expect([host.services.has("metrics", "app/test"), provider.state]).toEqual([true, "unloaded"]);
    expect(await call(host, "metrics", "count", { name: "a" })).toBe(1);
    expect(await call(host, "metrics", "count", { name: "a" })).toBe(2);
    expect(await call(host, "metrics", "about")).toMatchObject({ caller: "app/test", permissions: ["*"] });
    expect(provider.state).toBe("active");
    expect(host.services.metricsOf("metrics")).toMatchObject({ calls: 3, successes: 3, failures: 0 });
  });
});
