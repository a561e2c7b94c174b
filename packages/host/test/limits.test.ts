import { ManualClock } from "@berth/base";
import type { Tier } from "@berth/contract";
import { createTestHost } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { serve, type TestServer } from "./http-server.ts";
import { hungryComponent, openHungry } from "./limits/open-hungry.ts";
import { aCall } from "./plugins-of-tests.ts";

const MIB = 1_048_576;

let server: TestServer;
let component: string;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  server = owned.use(await serve((_request, response) => response.end(Buffer.alloc(3 * MIB))));
  component = await hungryComponent(owned);
});

afterAll(() => owned.disposeAsync());

/** Whoever may open a folder sees its own data folder too. */
const FOLDERS = { filesystem: { read: ["/var/tmp"], write: [] } };
const codeFor = (tier: Tier) => (tier === "wasm" ? { folder: component } : {});
const network = () => ({ network: [`127.0.0.1:${server.port}`] });

describe.skipIf(process.platform !== "linux")("A stranger's plugin in a process", { tags: ["slow"] }, () => {
  const tier = "process";

  test.each(["heap", "buffers"])(
    "is ended when its %s are more than limits.memory_mb [OPS-53, OPS-58]",
    async (kind) => {
      await using hungry = await openHungry({ tier, limits: { memory_mb: 64, cpu_percent: 100 } });
      const outcome = await hungry.greed(kind).catch((error: unknown) => error);
      expect(outcome).toMatchObject({ code: expect.stringMatching(/^(LIMIT_EXCEEDED|PLUGIN_FAILED)$/) });
      await hungry.expectTold("memory_mb", "ended", { allowed: 64, least: 64, most: 80 });
    },
  );

  test("is slowed down to limits.cpu_percent [OPS-52, OPS-58]", async () => {
    await using hungry = await openHungry({ tier, limits: { cpu_percent: 20 } });
    expect(await hungry.greed("spin")).toBeNull();
    await hungry.expectTold("cpu_percent", "slowed", { allowed: 20, least: 20 });
  });

  test("is refused what goes past limits.disk_mb by way of the host", async () => {
    await using hungry = await openHungry({ tier, limits: { disk_mb: 1 } });
    await expect(hungry.greed("write-through-host", "2")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await hungry.expectTold("disk_mb", "refused", { allowed: 1, least: 2, most: 2 });
  });

  test("is ended when it writes past limits.disk_mb itself", async () => {
    await using hungry = await openHungry({ tier, limits: { disk_mb: 1 }, grant: FOLDERS });
    await expect(hungry.greed("write-itself", "3")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await hungry.expectTold("disk_mb", "ended", { allowed: 1, least: 1, most: 4 });
  });

  test("is refused files beyond limits.file_size_mb; the kernel alone sees those it writes itself", async () => {
    await using hungry = await openHungry({ tier, limits: { file_size_mb: 1 }, grant: FOLDERS });
    await expect(hungry.greed("write-at-once", "2")).rejects.toThrow("EFBIG");
    expect(hungry.host.limitCounts).toEqual([]);
    await expect(hungry.greed("write-through-host", "2")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await hungry.expectTold("file_size_mb", "refused", { allowed: 1, least: 2, most: 2 });
  });

  test("is refused files beyond limits.file_handles", async () => {
    await using hungry = await openHungry({ tier, limits: { file_handles: 40, cpu_percent: 100 }, grant: FOLDERS });
    expect(await hungry.greed("open-files")).toMatch(/^EMFILE with \d\d open$/);
    await hungry.expectTold("file_handles", "refused", { allowed: 40, least: 40, most: 40 });
  });

  test("is slowed down to limits.disk_io_mb_per_sec, whoever writes for it [OPS-54, OPS-58]", async () => {
    const limits = { disk_io_mb_per_sec: 1, cpu_percent: 100 };
    for (const greed of ["write-through-host", "write-itself"]) {
      await using hungry = await openHungry({ tier, limits, grant: FOLDERS });
      expect(await hungry.greed(greed, "3")).toBeNull();
      await hungry.expectTold("disk_io_mb_per_sec", "slowed", { allowed: 1, least: 1 });
    }
  });

  test("is held to the programs of limits.processes", async () => {
    await using hungry = await openHungry({ tier, limits: { processes: 1, memory_mb: 512, cpu_percent: 100 } });
    await expect(hungry.greed("programs")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await hungry.expectTold("processes", "ended", { allowed: 1, least: 2, most: 4 });
  });

  test("has lines beyond limits.log_rate dropped, logged or printed", async () => {
    for (const greed of ["log", "print"]) {
      await using hungry = await openHungry({ tier, limits: { log_rate: 5 } });
      expect(await hungry.greed(greed)).toBeNull();
      await hungry.expectTold("log_rate", "refused", { allowed: 5, least: 6, most: 51 });
    }
  });

  test("is held to limits.network_connections and limits.network_mb_per_sec [OPS-55, OPS-58]", async () => {
    const limits = { network_connections: 2, network_mb_per_sec: 1 };
    await using hungry = await openHungry({ tier, limits, grant: network() });
    await expect(hungry.greed("connect", String(server.port))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await hungry.expectTold("network_connections", "refused", { allowed: 2, least: 3, most: 3 });
    expect(await hungry.greed("fetch", server.url)).toBe(3 * MIB);
    await hungry.expectTold("network_mb_per_sec", "slowed", { allowed: 1, least: 1 });
  });
});

describe.each(["worker", "process", "wasm"] as const)("A stranger's plugin in tier %s", { tags: ["slow"] }, (tier) => {
  test("does not get more than limits.store_mb and limits.response_mb", async () => {
    const limits = { store_mb: 1, response_mb: 1 };
    await using hungry = await openHungry({ ...codeFor(tier), tier, limits, grant: network() });
    await expect(hungry.greed("store", "2")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await hungry.expectTold("store_mb", "refused", { allowed: 1, least: 2, most: 2.1 });
    await expect(hungry.greed("fetch", server.url)).rejects.toThrow();
    await hungry.expectTold("response_mb", "refused", { allowed: 1, least: 1 });
  });

  test("is not waited for beyond limits.call_timeout_ms, and asked no more at a time than limits.concurrency", async () => {
    await using hungry = await openHungry({
      ...codeFor(tier),
      tier,
      limits: { call_timeout_ms: 3_000, concurrency: 1 },
      grant: network(),
    });
    await Promise.all([hungry.greed("rest", "100"), hungry.greed("rest", "1")]);
    await hungry.expectTold("concurrency", "slowed", { allowed: 1, least: 2, most: 2 });
    await expect(hungry.greed("hang")).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
    await hungry.expectTold("call_timeout_ms", "refused", { allowed: 3_000, least: 3_000 });
  });

  test("has its files bounded by the host", async () => {
    await using hungry = await openHungry({ ...codeFor(tier), tier, limits: { disk_mb: 1 }, grant: network() });
    await expect(hungry.greed("write-through-host", "2")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await hungry.expectTold("disk_mb", "refused", { allowed: 1, least: 2, most: 2 });
  });
});

test.each(["worker", "wasm"] as const)(
  "A stranger's plugin in tier %s does not get more memory than limits.memory_mb [OPS-53, OPS-58]",
  { tags: ["slow"] },
  async (tier) => {
    await using hungry = await openHungry({ ...codeFor(tier), tier, limits: { memory_mb: 64 }, grant: network() });
    const outcome = await hungry.greed("heap").catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Error);
    await hungry.expectTold("memory_mb", tier === "worker" ? "ended" : "refused", { allowed: 64, least: 60 });
  },
);

describe("A stranger's plugin that was granted nothing", () => {
  const asking = (source: string) => ({
    name: "asking",
    provides: { source: ["asking"] as const },
    manifest: "[limits]\nstart_timeout_ms = 600_000\nconcurrency = 10_000",
    source: `import { definePlugin, defineSource } from "@berth/sdk"; ${source}`,
  });
  const inline = { plugins: { asking: { enabled: true, isolation: "inline" as const, accept_unenforced: [] } } };

  test("has no longer to start than any plugin has, whatever its manifest asks", async () => {
    const clock = new ManualClock();
    const plugin = asking(`export default definePlugin({
      provides: [defineSource("asking", { create: () => ({ fetch: async () => ({ title: "", lines: [] }) }) })],
      start: () => new Promise(() => undefined),
    });`);
    await using host = await createTestHost({ plugins: [plugin], trust: "third-party", config: inline, clock });
    const starting = expect(host.plugins.get("asking").activate(AbortSignal.timeout(20_000))).rejects.toMatchObject({
      code: "CALL_DEADLINE_EXCEEDED",
      message: 'Cannot start plugin "asking": it took longer than 30 s',
    });
    await vi.waitFor(() => expect(clock.pendingTimers).toBeGreaterThan(0));
    // The code is loaded in real time; only then does the start begin.
    while (host.plugins.get("asking").state !== "failed") {
      await new Promise((resolve) => setImmediate(resolve));
      if (host.plugins.get("asking").state === "loaded") await clock.advance(30_000);
    }
    await starting;
    expect(host.limitCounts).toMatchObject([
      { plugin: "asking", limit: "start_timeout_ms", last: { allowed: 30_000 } },
    ]);
  });

  test("is asked by no more calls at a time than any plugin is", async () => {
    const plugin = asking(`
      let running = 0;
      let most = 0;
      const fetch = async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return { title: String(most), lines: [] };
      };
      export default definePlugin({ provides: [defineSource("asking", { create: () => ({ fetch }) })] });`);
    await using host = await createTestHost({ plugins: [plugin], trust: "third-party", config: inline });
    await using instance = host.instance({ contribution: "source/asking", instanceId: "a" });
    const fetch = instance.method("fetch");
    await Promise.all(Array.from({ length: 150 }, () => fetch([], aCall())));
    expect(await fetch([], aCall())).toMatchObject({ title: "100" });
    expect(host.limitCounts).toMatchObject([{ limit: "concurrency", last: { allowed: 100, action: "slowed" } }]);
  });
});
