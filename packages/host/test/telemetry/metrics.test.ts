import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { renderHostMetrics } from "../../src/telemetry/metrics/index.ts";
import { HAS_PROMTOOL, promtool } from "./promtool.ts";
import { readMetrics, type ReadSample } from "./read-metrics.ts";

const COUNTING: PluginToWrite = {
  name: "counting",
  provides: { service: ["counting"] },
  manifest: '[permissions]\nservices = ["meters"]',
  source: `
    import { definePlugin, defineService, HostError } from "@berth/sdk";
    export default definePlugin({
      provides: [
        defineService("counting", {
          create: (_config, ctx) => ({
            methods: {
              add: (input, call) => ctx.services.call("meters", "add", input, call),
              set: (input, call) => ctx.services.call("meters", "set", input, call),
              many: async (input, call) => {
                for (let n = 0; n < (input as number); n++) {
                  await ctx.services.call("meters", "add", { name: "orders", labels: { id: String(n) } }, call);
                }
                return null;
              },
              fail: () => {
                throw new HostError("PLUGIN_FAILED", "out of order");
              },
            },
          }),
        }),
      ],
    });`,
};

const call = (host: TestHost, method: string, input: unknown = null) =>
  host.services.call({ service: "counting", method, input: input as never, caller: "app/test" });

async function scrape(host: TestHost, accept?: string) {
  const { type, body } = await renderHostMetrics(host, accept);
  return { type, body, families: readMetrics(body) };
}

const samplesOf = ({ families }: Awaited<ReturnType<typeof scrape>>, name: string): ReadSample[] =>
  families.get(name)?.samples ?? [];

describe("renderHostMetrics", () => {
  test("tells of the host, its plugins and their calls, in a form that promtool has nothing against [RPT-158]", async () => {
    await using host = await createTestHost({ plugins: [COUNTING] });
    host.usage.begin();
    await call(host, "add", { name: "orders", labels: { shop: 'quoted "Bob\\s"\nshop' }, help: "Orders taken." });
    await call(host, "set", { name: "stock_bytes", value: 12.5 });
    await expect(call(host, "fail")).rejects.toThrow("out of order");
    const scraped = await scrape(host);
    expect(scraped.type).toContain("version=0.0.4");
    expect(promtool(["check", "metrics"], scraped.body)).toBe("");
    expect(samplesOf(scraped, "berth_build_info")).toMatchObject([{ value: 1 }]);
    expect(samplesOf(scraped, "berth_plugin_state")).toContainEqual({
      name: "berth_plugin_state",
      labels: { plugin: "counting", state: "active" },
      value: 1,
    });
    expect(samplesOf(scraped, "berth_plugin_calls_total")).toMatchObject([
      { labels: { plugin: "counting" }, value: 3 },
    ]);
    expect(samplesOf(scraped, "berth_plugin_call_errors_total")).toMatchObject([
      { labels: { code: "PLUGIN_FAILED" }, value: 1 },
    ]);
    expect(samplesOf(scraped, "berth_plugin_call_duration_seconds").at(-1)).toMatchObject({ value: 3 });
    expect(samplesOf(scraped, "plugin_counting__stock_bytes")).toMatchObject([{ value: 12.5 }]);
    expect(samplesOf(scraped, "berth_endpoint_breaker_state")).toContainEqual({
      name: "berth_endpoint_breaker_state",
      labels: { endpoint: "service/counting", state: "closed" },
      value: 1,
    });
    const [orders] = samplesOf(scraped, "plugin_counting__orders_total");
    expect(orders?.labels["shop"]).not.toContain("\n");
  });

  test("has buckets of a histogram go up to the count", async () => {
    await using host = await createTestHost({ plugins: [COUNTING] });
    host.usage.begin();
    for (let n = 0; n < 20; n++) await call(host, "set", { name: "n", value: n });
    const samples = samplesOf(await scrape(host), "berth_plugin_call_duration_seconds");
    const buckets = samples.filter(({ name }) => name.endsWith("_bucket")).map(({ value }) => value);
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(buckets.at(-1)).toBe(20);
  });

  test("holds each plugin to 1,000 series and adds up the rest in one", async () => {
    await using host = await createTestHost({ plugins: [COUNTING] });
    host.usage.begin();
    await call(host, "many", 1_500);
    const scraped = await scrape(host);
    const ofPlugin = [...scraped.families.values()]
      .flatMap(({ samples }) => samples)
      .filter(({ labels }) => labels["plugin"] === "counting");
    // One more than the bound for each family that is over it.
    expect(ofPlugin.length).toBeLessThanOrEqual(1_002);
    const orders = samplesOf(scraped, "plugin_counting__orders_total");
    expect(orders.reduce((sum, { value }) => sum + value, 0)).toBe(1_500);
    expect(orders.find(({ labels }) => labels["overflow"] === "true")?.value).toBeGreaterThan(400);
    expect(promtool(["check", "metrics"], scraped.body)).toBe("");
  });

  test("writes OpenMetrics for whoever asks for it", async () => {
    await using host = await createTestHost({ plugins: [COUNTING] });
    host.usage.begin();
    await call(host, "add", { name: "orders" });
    const { type, body, families } = await scrape(host, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    expect(type).toContain("application/openmetrics-text");
    expect(body.endsWith("# EOF\n")).toBe(true);
    expect(families.get("berth_plugin_calls")).toMatchObject({
      type: "counter",
      samples: [{ name: "berth_plugin_calls_total" }],
    });
  });

  test.each([
    ["add", { name: "Orders" }, "small letters"],
    ["add", { name: "orders__x" }, "small letters"],
    ["add", { name: "orders", value: -1 }, "from 0"],
    ["add", { name: "orders", labels: { plugin: "other" } }, "none of plugin"],
    ["add", { name: "orders", labels: { a: 1 } }, "must be text"],
    ["set", { name: "orders", value: "1" }, "a number"],
  ])("meters.%s refuses %j", async (method, input, why) => {
    await using host = await createTestHost({ plugins: [COUNTING] });
    await expect(call(host, method, input)).rejects.toMatchObject({ message: expect.stringContaining(why) });
  });

  test("meters refuses a second type of one name, and more names than a plugin may have", async () => {
    await using host = await createTestHost({ plugins: [COUNTING] });
    await call(host, "add", { name: "orders" });
    await expect(call(host, "set", { name: "orders" })).rejects.toThrow("orders is a counter");
    for (let n = 1; n < 100; n++) await call(host, "add", { name: `m${n}` });
    await expect(call(host, "add", { name: "one_more" })).rejects.toThrow("100 metrics already");
  });

  test("asks promtool where it is installed", () => {
    expect(promtool(["check", "metrics"], "not_a_metric{ 1\n")).toEqual(
      HAS_PROMTOOL ? expect.stringContaining("error") : "",
    );
  });
});
