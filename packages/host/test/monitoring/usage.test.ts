import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { defaultHostConfig } from "@berth/kernel/config";
import { createTestHost, type PluginToWrite, type TestHost, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { asComponent } from "../conformance/as-component.ts";

const within = (): AbortSignal => AbortSignal.timeout(60_000);

const plugin = (name: string): PluginToWrite => ({
  name,
  provides: { source: [name, `${name}-broken`, `${name}-crash`] },
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    const kept: unknown[] = [];
    const spin = async () => {
      const end = performance.now() + 200;
      while (performance.now() < end);
      kept.push(new Uint8Array(30 * 1_048_576).fill(1));
      kept.push(setInterval(() => undefined, 60_000), setInterval(() => undefined, 60_000));
      return { title: "done", lines: [] };
    };
    const fail = async () => { throw new Error("no luck"); };
    const crash = () => new Promise(() => { setTimeout(() => { throw new Error("crash"); }); });
    export default definePlugin({
      provides: [
        defineSource("${name}-crash", { create: () => ({ fetch: crash }) }),
        defineSource("${name}", { create: () => ({ fetch: spin }) }),
        defineSource("${name}-broken", { create: () => ({ fetch: fail }) }),
      ],
    });`,
});

const COUNTER: PluginToWrite = {
  name: "counter",
  provides: { source: ["counter", "counter-broken"] },
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    const count = async () => {
      let sum = 0;
      for (let i = 0; i < 100_000; i++) sum += i;
      return { title: String(sum), lines: [] };
    };
    const fail = async () => { throw new Error("no luck"); };
    export default definePlugin({
      provides: [
        defineSource("counter", { create: () => ({ fetch: count }) }),
        defineSource("counter-broken", { create: () => ({ fetch: fail }) }),
      ],
    });`,
};

async function hostWith(tier: Tier, intervalMs = 3_600_000): Promise<TestHost> {
  const defaults = defaultHostConfig();
  const plugins = { busy: { isolation: tier, accept_unenforced: [], enabled: true } } as const;
  return createTestHost({
    plugins: [plugin("busy"), plugin("idle")],
    config: { ...defaults, plugins: plugins as never, usage: { interval_ms: intervalMs, history: 10 } },
  });
}

async function call(host: TestHost, source: string): Promise<unknown> {
  const instance = host.instance({ contribution: `source/${source}`, instanceId: source });
  await instance.open(within());
  try {
    return await instance.method("fetch")([], {
      signal: within(),
      deadline: Infinity,
      attempt: 1,
      caller: "host",
      permissions: [],
      correlationId: "test",
    });
  } finally {
    await instance[Symbol.asyncDispose]();
  }
}

describe("host.usage", () => {
  test.each(["inline", "worker", "process"] as const)(
    "tells what a plugin in tier %s uses, and null for what cannot be known [BWK-11] [BWK-13]",
    async (tier) => {
      await using host = await hostWith(tier);
      await host.start(within());
      await host.plugins.get("busy").activate(within());
      const before = await host.usage.snapshot(0);
      await call(host, "busy");
      await expect(call(host, "busy-broken")).rejects.toThrow("no luck");
      if (tier === "process") await seenByGovernor(host);
      const usage = await host.usage.snapshot(0);
      const busy = usage.plugins.find(({ plugin }) => plugin === "busy")!;
      expect(busy).toMatchObject({ tier, state: "active", generation: 1, calls: 2, errors: 1, callsLately: 2 });
      expect(busy.errorPercent).toBe(50);
      expect(busy.p99Ms).toBeGreaterThan(150);
      if (tier === "inline")
        expect(busy).toMatchObject({ cpuMs: null, memoryMb: null, handles: null, cpuPercent: null });
      else {
        expect(busy.cpuMs).toBeGreaterThan(10);
        expect(busy.cpuPercent).toBeGreaterThan(0);
        expect(busy.memoryMb).toBeGreaterThan(25);
        expect(busy.memoryPercent).toBeGreaterThan(5);
      }
      if (tier === "worker") {
        expect(busy.externalMb).toBeGreaterThan(25);
        const first = before.plugins.find(({ plugin }) => plugin === "busy")!;
        expect(busy.handles! - first.handles!).toBe(2);
      }
      const idle = usage.plugins.find(({ plugin }) => plugin === "idle")!;
      expect(idle).toMatchObject({ state: "unloaded", tier: null, cpuMs: null, calls: 0, p99Ms: null, restarts: 0 });
      expect(usage.host.memoryMb).toBeGreaterThan(10);
      expect(host.usage.history("busy").at(-1)).toMatchObject({ memoryMb: busy.memoryMb });
      expect(host.usage.latest).toBe(usage);
    },
  );

  test("tells what a component uses, and not what no thread of WebAssembly can be asked [BWK-11] [BWK-13]", async () => {
    await using opened = new AsyncDisposableStack();
    const { path } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-usage-")));
    const folder = await asComponent(await writePlugin(path, COUNTER), opened);
    const plugins = { counter: { isolation: "wasm", enabled: true } } as const;
    const config = {
      ...defaultHostConfig(),
      plugins: plugins as never,
      usage: { interval_ms: 3_600_000, history: 10 },
    };
    await using host = await createTestHost({ plugins: [folder], config });
    await host.start(within());
    await call(host, "counter");
    await expect(call(host, "counter-broken")).rejects.toThrow("no luck");
    const { plugins: rows } = await host.usage.snapshot(0);
    const counter = rows.find(({ plugin }) => plugin === "counter")!;
    expect(counter).toMatchObject({ tier: "wasm", state: "active", calls: 2, errors: 1, handles: null });
    expect(counter.cpuMs).toBeGreaterThan(0);
    expect(counter.memoryMb).toBeGreaterThan(1);
    expect(counter.p99Ms).toBeGreaterThan(0);
  });

  test("counts nothing, and has no timer, when it is off", async () => {
    await using host = await hostWith("inline", 0);
    await host.start(within());
    await call(host, "busy");
    const [busy] = (await host.usage.snapshot()).plugins;
    expect(busy).toMatchObject({ plugin: "busy", calls: null, errors: null, p99Ms: null });
    expect(host.plugins.get("busy").tally).toBeUndefined();
  });

  test("counts how often a plugin came back after it had failed [BWK-11]", async () => {
    await using host = await hostWith("worker");
    await host.start(within());
    const plugin = host.plugins.get("busy");
    await plugin.activate(within());
    await host.usage.snapshot(0);
    const failed = new Promise<void>((resolve) => {
      plugin.onDidMove(({ to }) => to === "failed" && resolve());
    });
    await expect(call(host, "busy-crash")).rejects.toThrow();
    await failed;
    await plugin.activate(within());
    const [busy] = (await host.usage.snapshot(0)).plugins;
    expect(busy).toMatchObject({ restarts: 1, generation: 2, cpuPercent: null });
  });
});

/** Of a process the governor looks by itself, and tells what it saw last. */
async function seenByGovernor(host: TestHost): Promise<void> {
  for (let looks = 0; looks < 500; looks++) {
    const { memoryMb } = await host.plugins.get("busy").serving!.channel.usage!();
    if ((memoryMb ?? 0) > 25) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
