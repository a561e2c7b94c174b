import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHost, type PluginToWrite, type TestHost, writePlugin } from "@berth/testing";
import type { Tier } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { asComponent } from "../conformance/as-component.ts";
import { serve, type TestServer } from "../http-server.ts";
import { type OtlpReceiver, openOtlpReceiver, type ReceivedSpan } from "./otlp-receiver.ts";

/** Takes orders, and has another plugin see to them. */
const FRONT: PluginToWrite = {
  name: "front",
  provides: { service: ["front"] },
  manifest: '[permissions]\nservices = ["back"]',
  source: `
    import { definePlugin, defineService } from "@berth/sdk";
    export default definePlugin({
      provides: [
        defineService("front", {
          create: (_config, ctx) => ({
            methods: {
              order: async (input, call) => {
                ctx.log.info("taking an order");
                return ctx.services.call("back", "deliver", input, call);
              },
              own: (_input, call) => call.traceparent ?? null,
              print: () => console.log("printed"),
            },
          }),
        }),
      ],
    });`,
};

const back = (port: number): PluginToWrite => ({
  name: "back",
  provides: { service: ["back"] },
  manifest: `[permissions]\nnetwork = ["127.0.0.1:${port}"]\nevents = { publish = ["orders.*"], subscribe = ["orders.*"] }`,
  source: `
    import { definePlugin, defineService } from "@berth/sdk";
    let heard: Promise<unknown> | undefined;
    export default definePlugin({
      initialize: async (ctx) => {
        await ctx.events.subscribe("orders.done", async ({ data }) => {
          await ctx.fetch(data as string);
        });
      },
      provides: [
        defineService("back", {
          create: (_config, ctx) => ({
            methods: {
              deliver: async (input) => {
                await Promise.resolve();
                ctx.log.info("delivering");
                const answer = await ctx.fetch(input as string, {
                  headers: { traceparent: "00-11111111111111111111111111111111-2222222222222222-01" },
                });
                return await answer.text();
              },
              tell: async (input) => {
                await ctx.events.publish("orders.done", input);
                return null;
              },
              fail: () => {
                throw new Error("out of stock");
              },
            },
          }),
        }),
      ],
    });`,
});

interface Scene extends AsyncDisposable {
  host: TestHost;
  shop: TestServer;
  collector: OtlpReceiver;
  /** Spans by name, once all are sent. */
  spans(): Promise<ReceivedSpan[]>;
}

async function openScene(isolation: Tier): Promise<Scene> {
  await using opened = new AsyncDisposableStack();
  const collector = opened.use(await openOtlpReceiver());
  const shop = opened.use(await serve((_request, response) => response.end("delivered")));
  const settings = { enabled: true, accept_unenforced: [], isolation };
  const plugins = [FRONT, back(shop.port)];
  const host = opened.use(
    await createTestHost({
      plugins: isolation === "wasm" ? await components(plugins, opened) : plugins,
      config: {
        plugins: { front: settings, back: settings },
        telemetry: { traces: { enabled: true, exporter: "otlp", endpoint: collector.endpoint } },
      },
    }),
  );
  const owned = opened.move();
  return {
    host,
    shop,
    collector,
    spans: async () => {
      await host.telemetry.flush();
      return collector.spans;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function components(plugins: readonly PluginToWrite[], owner: AsyncDisposableStack): Promise<string[]> {
  const folder = owner.use(await mkdtempDisposable(join(tmpdir(), "berth-components-"))).path;
  return await Promise.all(plugins.map(async (plugin) => asComponent(await writePlugin(folder, plugin), owner)));
}

const order = ({ host, shop }: Scene, service: string, method: string, correlationId = "run-1") =>
  host.services.call({ service, method, input: `${shop.url}/orders`, caller: "app/test", correlationId });

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`There is no span ${name}: ${spans.map((span) => span.name).join(", ")}`);
  return found;
};

describe.each(["inline", "worker", "process"] as const)("One trace, plugins in the tier %s", (tier) => {
  test("leads from the call through a nested one to the request that goes out [SIG-117, SIG-121, RPT-160]", async () => {
    await using scene = await openScene(tier);
    expect(await order(scene, "front", "order")).toBe("delivered");
    const spans = await scene.spans();
    const outer = named(spans, "service/front order");
    const inner = named(spans, "service/back deliver");
    const request = named(spans, "GET");
    expect(outer.parentSpanId).toBeUndefined();
    expect([inner.parentSpanId, request.parentSpanId]).toEqual([outer.spanId, inner.spanId]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(inner.attributes).toMatchObject({
      "rpc.service": "back",
      "rpc.method": "deliver",
      "berth.caller": "plugin/front",
      "berth.correlation_id": "run-1",
    });
    expect(request).toMatchObject({
      kind: 3,
      attributes: {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.port": scene.shop.port,
        "berth.plugin": "back",
      },
    });
    // Of the two the plugin's own counts for nothing: it might be that of another.
    expect(scene.shop.requests[0]?.headers["traceparent"]).toBe(`00-${request.traceId}-${request.spanId}-01`);
  });

  test("is told in each line of the log, with the call's correlation id and the generation [RPT-161]", async () => {
    await using scene = await openScene(tier);
    await order(scene, "front", "order", "run-7");
    const spans = await scene.spans();
    const inner = named(spans, "service/back deliver");
    await expect
      .poll(() => scene.host.records.find(({ message }) => message === "delivering"))
      .toMatchObject({
        source: "plugin/back",
        correlationId: "run-7",
        traceId: inner.traceId,
        spanId: inner.spanId,
        fields: { generation: 1 },
      });
  });

  test("of two calls at a time are two", async () => {
    await using scene = await openScene(tier);
    await Promise.all(["a", "b", "c", "d"].map((id) => order(scene, "front", "order", id)));
    const spans = await scene.spans();
    for (const request of spans.filter(({ name }) => name === "GET")) {
      const inner = spans.find(({ spanId }) => spanId === request.parentSpanId)!;
      const outer = spans.find(({ spanId }) => spanId === inner.parentSpanId)!;
      expect([request.traceId, inner.traceId]).toEqual([outer.traceId, outer.traceId]);
      expect(inner.attributes["berth.correlation_id"]).toBe(outer.attributes["berth.correlation_id"]);
    }
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(4);
  });

  test("goes on with whoever hears of an event that was published in it", async () => {
    await using scene = await openScene(tier);
    await order(scene, "back", "tell");
    await expect.poll(() => scene.shop.requests.length).toBe(1);
    await expect.poll(async () => (await scene.spans()).map(({ name }) => name)).toContain("GET");
    const spans = await scene.spans();
    const told = named(spans, "service/back tell");
    expect(named(spans, "GET")).toMatchObject({ traceId: told.traceId, parentSpanId: told.spanId });
  });

  test("says how a call failed, and why [SIG-123]", async () => {
    await using scene = await openScene(tier);
    await expect(order(scene, "back", "fail")).rejects.toThrow("out of stock");
    const failed = named(await scene.spans(), "service/back fail");
    expect(failed).toMatchObject({ status: { code: 2 }, attributes: { "error.type": "PLUGIN_FAILED" } });
    expect(failed.attributes["error.message"]).toContain("out of stock");
  });
});

describe("One trace, plugins in the tier wasm", () => {
  test(
    "leads through components, which cannot name their calls, as long as each is at one call",
    { tags: ["slow"] },
    async () => {
      await using scene = await openScene("wasm");
      expect(await order(scene, "front", "order")).toBe("delivered");
      const spans = await scene.spans();
      const outer = named(spans, "service/front order");
      const inner = named(spans, "service/back deliver");
      expect([inner.parentSpanId, named(spans, "GET").parentSpanId]).toEqual([outer.spanId, inner.spanId]);
    },
  );
});

describe("A host that nobody told to trace", () => {
  test("makes no spans and gives plugins none, and its log has correlation ids all the same [SIG-131, RPT-161]", async () => {
    await using shop = await serve((_request, response) => response.end("delivered"));
    const settings = { enabled: true, accept_unenforced: [], isolation: "worker" as const };
    await using host = await createTestHost({
      plugins: [FRONT, back(shop.port)],
      config: { plugins: { front: settings, back: settings } },
    });
    const input = `${shop.url}/orders`;
    const call = { service: "front", caller: "app/test", input, correlationId: "run-3" };
    expect(await host.services.call({ ...call, method: "own" })).toBeNull();
    await host.services.call({ ...call, method: "order" });
    expect(host.telemetry.tracer).toBeUndefined();
    // What a plugin says of traces of its own is its own business then.
    expect(shop.requests[0]?.headers["traceparent"]).toContain("1111");
    await expect
      .poll(() => host.records.find(({ message }) => message === "delivering"))
      .toMatchObject({ correlationId: "run-3" });
  });
});

test.each(["worker", "process"] as const)(
  "A call by which a plugin is loaded gets nothing of what comes later, in the tier %s",
  async (isolation) => {
    await using scene = await openScene(isolation);
    const call = { service: "front", caller: "app/test", input: null };
    await scene.host.services.call({ ...call, method: "own", correlationId: "first" });
    await scene.host.services.call({ ...call, method: "print", correlationId: "second" });
    await expect.poll(() => scene.host.records.filter(({ message }) => message === "printed")).toHaveLength(1);
    const printed = scene.host.records.find(({ message }) => message === "printed");
    expect([printed?.correlationId, printed?.traceId]).toEqual([undefined, undefined]);
  },
);
