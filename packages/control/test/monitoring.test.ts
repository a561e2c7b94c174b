import { describe, expect, test } from "vitest";
import { openControlled } from "./open-controlled.ts";

const calm = {
  name: "calm",
  provides: { source: ["calm"] },
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      health: () => ({ health: "degraded", message: "\\u001b[2J a secret hunter2hunter2" }),
      provides: [defineSource("calm", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
    });`,
} as const;

describe("the control socket", () => {
  test("tells health, usage and alerts, text neutralised and secrets hidden [BWK-4] [BWK-11]", async () => {
    await using controlled = await openControlled({ plugins: [calm] });
    const { host, found } = controlled;
    host.masker.register("hunter2hunter2");
    await host.start(AbortSignal.timeout(20_000));
    await host.plugins.get("calm").activate(AbortSignal.timeout(20_000));
    for (let times = 0; times < 3; times++) await found.client.ask("health.snapshot", { plugin: "calm" });
    const { health, isReady, results } = await found.client.ask("health.snapshot", { exclude: ["storage"] });
    expect({ health, isReady }).toEqual({ health: "degraded", isReady: true });
    expect(results.find(({ name }) => name === "plugin/calm")).toMatchObject({
      health: "degraded",
      message: "\\u001b[2J a secret ***",
    });
    const usage = await found.client.ask("usage.snapshot", {});
    expect(usage).toMatchObject({ intervalMs: 5_000, alerts: [], host: { handles: expect.any(Number) } });
    expect(usage.plugins).toEqual([
      expect.objectContaining({
        plugin: "calm",
        tier: "inline",
        cpuMs: null,
        calls: 0,
        p99Ms: null,
        health: "degraded",
      }),
    ]);
    expect(await found.client.ask("usage.history", { plugin: "calm" })).toEqual({
      rows: [expect.objectContaining({ cpuPercent: null, p99Ms: null, at: expect.any(Number) })],
    });
    await expect(found.client.ask("health.snapshot", { plugin: "clam" })).rejects.toMatchObject({
      code: "PLUGIN_NOT_FOUND",
    });
  });
});
