import { defaultHostConfig, type HostConfig } from "@berth/kernel/config";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { HostHttp } from "../src/index.ts";

test("/metrics tells Prometheus of the host, in the format it asks for, without secrets [RPT-158]", async () => {
  await using http = new HostHttp();
  const config: HostConfig = { ...defaultHostConfig(), http: { listen: "0" } };
  await using host = await createTestHost({ config });
  const own = await host.telemetry.counts.own();
  own.record("shop", "gauge", { name: "orders", value: 1, labels: { who: "hunter2hunter2" }, help: "" });
  host.masker.register("hunter2hunter2");
  await http.open(host, new AbortController().signal);
  const ask = async (accept: string): Promise<[string | null, string]> => {
    const answer = await fetch(`http://${http.address}/metrics`, { headers: { accept } });
    return [answer.headers.get("content-type"), await answer.text()];
  };
  const [type, body] = await ask("*/*");
  expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(body).toContain("\nberth_ready 0\n");
  expect(body).toContain('plugin_shop__orders{who="***",plugin="shop"} 1');
  const [openType, openBody] = await ask("application/openmetrics-text; version=1.0.0");
  expect(openType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(openBody.endsWith("# EOF\n")).toBe(true);
});
