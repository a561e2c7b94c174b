import { mkdir, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { ManualClock } from "@berth/base";
import type { Health } from "@berth/contract";
import { defaultHostConfig, type HostConfig } from "@berth/kernel/config";
import type { HealthResult } from "@berth/kernel/health";
import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { callOften } from "./call-often.ts";

/** What the plugins of these tests say of themselves: in tier inline they share the test's global object. */
const said = globalThis as unknown as { berthSays: Health; berthAsked: number };
const within = (): AbortSignal => AbortSignal.timeout(60_000);

const plugin = (name: string, manifest = ""): PluginToWrite => ({
  name,
  manifest,
  provides: { source: [name] },
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      health: () => { globalThis.berthAsked++; return { health: globalThis.berthSays, message: "so \\u001b[2J it says" }; },
      provides: [defineSource("${name}", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
    });`,
});

const rules = { timeout_ms: 5_000, failures: 2, successes: 2, disk_free_mb: 0, event_loop_delay_ms: 500 };

async function hostWith(clock: ManualClock, more: Partial<HostConfig> = {}): Promise<TestHost> {
  const health = { ...rules, interval_ms: 10_000 };
  return createTestHost({
    clock,
    plugins: [plugin("calm"), plugin("rest")],
    config: { ...defaultHostConfig(), usage: { interval_ms: 0, history: 0 }, health, ...more },
  });
}

const resultOf = (host: TestHost, name = "plugin/calm"): HealthResult =>
  host.health.snapshot().results.find((result) => result.name === name)!;

/** Lets time pass, and those who were asked answer. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  await clock.advance(ms);
  for (let turns = 0; turns < 20; turns++) await setImmediate();
}

beforeEach(() => {
  said.berthSays = "healthy";
  said.berthAsked = 0;
});

describe("health checks of a host", () => {
  test("change a verdict by several answers in a row only, tell it once, and keep when [BWK-4] [FLX-20]", async () => {
    const clock = new ManualClock(1_000_000);
    await using host = await hostWith(clock);
    const told: unknown[] = [];
    host.events.subscribe({ owner: "host", pattern: "plugin.health" }, ({ data }) => void told.push(data));
    await host.start(within());
    await host.plugins.get("calm").activate(within());
    await pass(clock, 1_100);
    expect(said.berthAsked).toBe(1);
    expect(resultOf(host)).toMatchObject({ health: "healthy", checkedAt: expect.any(Number) });
    said.berthSays = "unhealthy";
    await pass(clock, 11_000);
    expect(resultOf(host)).toMatchObject({ health: "healthy" });
    await pass(clock, 11_000);
    expect(said.berthAsked).toBe(3);
    expect(resultOf(host)).toMatchObject({ health: "unhealthy", message: "so \\u001b[2J it says" });
    const { since } = resultOf(host);
    said.berthSays = "healthy";
    await pass(clock, 11_000);
    expect(resultOf(host)).toMatchObject({ health: "unhealthy", since });
    await pass(clock, 11_000);
    expect(resultOf(host)).toMatchObject({ health: "healthy" });
    expect(told).toEqual([
      { plugin: "calm", health: "unhealthy", before: "healthy", message: "so \\u001b[2J it says" },
      { plugin: "calm", health: "healthy", before: "unhealthy", message: expect.anything() },
    ]);
    expect(host.records.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      'Plugin "calm" is unhealthy: so \\u001b[2J it says',
    ]);
  });

  test("ask nobody that does not run, and nobody at an interval of 0", async () => {
    const clock = new ManualClock(1_000_000);
    const entry = { enabled: true, accept_unenforced: [], health: { interval_ms: 0 as const, tags: ["web"] } };
    await using host = await hostWith(clock, { plugins: { calm: entry } });
    await host.start(within());
    await pass(clock, 100_000);
    await host.plugins.get("calm").activate(within());
    await pass(clock, 100_000);
    expect(said.berthAsked).toBe(0);
    expect(resultOf(host)).toMatchObject({ health: "healthy", tags: ["web"] });
    expect(resultOf(host, "plugin/rest").health).toBe("unknown");
    expect(host.health.snapshot({ tags: ["web"] }).results.map(({ name }) => name)).toEqual(["plugin/calm"]);
  });

  test("take what happens to a plugin at once: it fails, it hits a limit, it is stopped", async () => {
    const clock = new ManualClock(1_000_000);
    await using host = await hostWith(clock);
    await host.start(within());
    await host.plugins.get("calm").activate(within());
    const limit = { plugin: "calm", limit: "memory_mb", allowed: 1, used: 2, action: "refused" };
    host.events.publish({ subject: "plugin.limit", from: "host", data: limit });
    await setImmediate();
    expect(resultOf(host)).toMatchObject({ health: "degraded", message: "it went past limits.memory_mb" });
    await pass(clock, 60_000);
    // It holds for a minute, and is looked at again by the next check, whose time is by chance.
    await pass(clock, 120_000);
    expect(resultOf(host)).toMatchObject({ health: "healthy" });
    host.events.publish({ subject: "plugin.limit", from: "plugin/rest", data: limit });
    await setImmediate();
    expect(resultOf(host)).toMatchObject({ health: "healthy" });
    await host.plugins.get("calm").deactivate();
    expect(resultOf(host)).toMatchObject({ health: "unknown" });
  });

  test("look at the host itself: one that cannot write is unhealthy, and says so [BWK-4]", async () => {
    const clock = new ManualClock(1_000_000);
    await using host = await hostWith(clock, { health: { ...rules, interval_ms: 10_000, disk_free_mb: 1_000_000 } });
    const seen = (name: string): Promise<void> =>
      new Promise((resolve) => {
        host.events.subscribe({ owner: "host", pattern: "host.health" }, ({ data }) => {
          if ((data as { check: string; health: string }).health === name) resolve();
        });
      });
    const low = seen("unhealthy");
    await host.start(within());
    await low;
    expect(resultOf(host, "host/disk")).toMatchObject({
      health: "unhealthy",
      message: expect.stringMatching(/^\d+ MiB are free, and 1000000 are wanted$/),
      details: { freeMb: expect.any(Number) },
      tags: ["host"],
    });
    expect(host.health.snapshot()).toMatchObject({ health: "unhealthy", isReady: true });
    expect(host.health.snapshot({ exclude: ["disk"] }).health).not.toBe("unhealthy");
  });

  test("find out that nothing can be written any more, and that it can again", async () => {
    const { HostChecks } = await import("../../src/health/host-checks.ts");
    await using host = await createTestHost();
    const answers: string[] = [];
    const dataFolder = `${host.folder}/gone`;
    using checks = new HostChecks({
      health: { hostChecked: (check, { health }) => void answers.push(`${check} ${health}`) },
      dataFolder,
      clock: host.clock,
      config: { health: { ...rules, interval_ms: 0 } },
      eventLoopDelayMs: () => 700,
    });
    await checks.look();
    await mkdir(dataFolder);
    await checks.look();
    await rm(dataFolder, { recursive: true });
    expect(answers).toEqual(["storage unhealthy", "event-loop degraded", "storage healthy", "event-loop degraded"]);
  });

  test("give up on one that does not say how it is", async () => {
    await using host = await createTestHost({
      plugins: [
        {
          ...plugin("calm"),
          source: plugin("calm").source.replace(/health: .*/, "health: () => new Promise(() => {}),"),
        },
      ],
      config: { ...defaultHostConfig(), health: { ...rules, interval_ms: 3_600_000, timeout_ms: 100, failures: 1 } },
    });
    await host.start(within());
    await host.plugins.get("calm").activate(within());
    await host.checkHealth("calm", within());
    expect(resultOf(host)).toMatchObject({ health: "unhealthy", message: "it did not say how it is within 0.1 s" });
  });
});

describe("a breaker", () => {
  const caller: PluginToWrite = {
    name: "caller",
    provides: { source: ["caller"] },
    manifest: '[permissions]\nservices = ["broken"]',
    source: `
      import { definePlugin, defineSource } from "@berth/sdk";
      export default definePlugin({
        provides: [defineSource("caller", { create: (_config, ctx) => ({ fetch: (call) => ctx.services.call("broken", "work", null, call) }) })],
      });`,
  };
  const broken: PluginToWrite = {
    name: "broken",
    provides: { service: ["broken"] },
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        provides: [defineService("broken", { create: () => ({ methods: { work: () => { throw new Error("no luck"); } } }) })],
      });`,
  };

  test("that opens before a plugin's service makes the plugin degraded, at once", async () => {
    await using host = await createTestHost({ plugins: [caller, broken] });
    await host.start(within());
    // As many as it takes until a share of failures means something.
    await callOften(host, "caller", 200);
    expect(resultOf(host, "plugin/broken")).toMatchObject({
      health: "degraded",
      message: "service/broken failed so often that it is left alone",
    });
    host.health.breakerChanged("service/broken", "", { state: "closed", failures: 0, trips: 0, openUntil: 0 });
    expect(resultOf(host, "plugin/broken").health).toBe("healthy");
  });
});
