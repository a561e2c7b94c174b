import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { renderHostMetrics } from "../../src/telemetry/metrics/index.ts";
import { openOtlpReceiver } from "./otlp-receiver.ts";

const source = (answer: string): string => `
  import { definePlugin, defineService } from "@berth/sdk";
  export default definePlugin({
    provides: [defineService("greeter", { create: () => ({ methods: { hi: () => ${answer} } }) })],
  });`;

test("A reload is a span and a count, whether it went well or not [RPT-160]", async () => {
  await using collector = await openOtlpReceiver();
  await using host = await createTestHost({
    plugins: [{ name: "greeter", provides: { service: ["greeter"] }, source: source('"one"') }],
    keepsVersions: true,
    config: { telemetry: { traces: { enabled: true, endpoint: collector.endpoint } } },
  });
  const signal = AbortSignal.timeout(20_000);
  const entry = join(host.plugins.get("greeter").folder, "src/plugin.ts");
  await host.services.call({ service: "greeter", method: "hi", input: null, caller: "app/test" });
  await writeFile(entry, source('"two"'));
  const replaced = await host.reloads.reload("greeter", { signal });
  await writeFile(entry, source("syntax error"));
  const refused = await host.reloads.reload("greeter", { signal });
  expect([replaced.outcome, refused.outcome]).toEqual(["reloaded", "refused"]);
  await host.telemetry.flush();
  const spans = collector.spans.filter(({ name }) => name === "reload greeter");
  expect(spans).toMatchObject([
    { parentSpanId: undefined, attributes: { "berth.outcome": "reloaded", "berth.generation": 2 } },
    { status: { code: 2 }, attributes: { "berth.outcome": "refused", "berth.failed_step": refused.failed?.step } },
  ]);
  const { body } = await renderHostMetrics(host);
  expect(body).toContain('berth_plugin_reloads_total{plugin="greeter",outcome="reloaded"} 1');
  expect(body).toContain('berth_plugin_reloads_total{plugin="greeter",outcome="refused"} 1');
});
