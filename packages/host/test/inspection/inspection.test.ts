import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";

const SERVED = `
  import { definePlugin, defineService } from "@berth/sdk";
  // Without a loop: one that V8 had optimised before the look may be shown under the name of its caller.
  function NAME(n) { return n === 0 ? 0 : Math.sqrt(n) + NAME(n - 1); }
  function spend(ms) {
    for (const until = Date.now() + ms; Date.now() < until; ) NAME(1_000);
  }
  class NAMEKept { secret = "kept"; }
  globalThis.kept = new NAMEKept();
  export default definePlugin({
    provides: [defineService("NAME", { create: () => ({ methods: { work: (ms) => spend(ms) } }) })],
  });`;

const plugin = (name: string, source = SERVED.replaceAll("NAME", name)): PluginToWrite => ({
  name,
  provides: { service: [name] },
  source,
});

const signal = AbortSignal.timeout(60_000);

type Isolation = "inline" | "worker" | "process";

function openHost(isolation: Isolation): Promise<TestHost> {
  const entry = { enabled: true, accept_unenforced: [], isolation };
  return createTestHost({
    plugins: [plugin("burn"), plugin("other")],
    config: { plugins: { burn: entry, other: entry } },
  });
}

function call(host: TestHost, service: string, input: unknown): Promise<unknown> {
  return host.services.call({ service, method: "work", input: input as number, caller: "app/test" });
}

/** Keeps both plugins at work until it is aborted. */
async function keepBusy(host: TestHost, over: AbortSignal): Promise<void> {
  while (!over.aborted) await Promise.all([call(host, "burn", 20), call(host, "other", 20)]);
}

const recorded = (host: TestHost): unknown[] =>
  host.storage.audit.list().map(({ kind, plugin: name, details }) => [kind, name, details]);

interface Frame {
  id: number;
  callFrame: { functionName: string; url: string };
}

interface Profile {
  nodes: Frame[];
  samples: number[];
}

describe("PluginInspections", () => {
  for (const isolation of ["worker", "process"] as const) {
    test(`profiles one plugin alone while it serves, in tier ${isolation} [BWK-12]`, { tags: ["slow"] }, async () => {
      await using host = await openHost(isolation);
      await Promise.all([call(host, "burn", 1), call(host, "other", 1)]);
      const over = new AbortController();
      const busy = keepBusy(host, over.signal);
      const chunks: Uint8Array[] = [];
      const order = { plugin: "burn", kind: "cpu", by: "tester", durationMs: 1_000, maxBytes: 2 ** 24 } as const;
      const take = async (chunk: Uint8Array): Promise<void> => void chunks.push(chunk);
      const report = await host.inspections.inspect(order, take, signal).finally(() => over.abort());
      await busy;
      expect(report).toMatchObject({ plugin: "burn", version: "1.0.0", generation: 1, tier: isolation });
      const profile = JSON.parse(Buffer.concat(chunks).toString()) as Profile;
      const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
      const counts = new Map<string, number>();
      for (const id of profile.samples) counts.set(names.get(id)!, (counts.get(names.get(id)!) ?? 0) + 1);
      counts.delete("(idle)");
      const [top] = [...counts].toSorted(([, a], [, b]) => b - a);
      expect(top?.[0]).toBe("burn");
      expect([...names.values()]).not.toContain("other");
      expect(profile.nodes.some(({ callFrame }) => callFrame.url === report.guest)).toBe(true);
      expect(recorded(host)).toContainEqual(["plugin.profiled", "burn", { by: "tester", seconds: 1 }]);
    });

    test(`takes a heap snapshot, bounded, in tier ${isolation} [BWK-12]`, { tags: ["slow"] }, async () => {
      await using host = await openHost(isolation);
      const chunks: Uint8Array[] = [];
      const order = { plugin: "burn", kind: "heap", by: "tester", durationMs: 0, maxBytes: 2 ** 28 } as const;
      const take = async (chunk: Uint8Array): Promise<void> => void chunks.push(chunk);
      const { bytes } = await host.inspections.inspect(order, take, signal);
      const text = Buffer.concat(chunks).toString();
      expect(text).toHaveLength(bytes);
      const snapshot = JSON.parse(text) as { snapshot: object; strings: string[] };
      expect(snapshot.snapshot).toMatchObject({ node_count: expect.any(Number) });
      expect(snapshot.strings).toContain("burnKept");
      expect(snapshot.strings).not.toContain("otherKept");
      const small = { ...order, maxBytes: 2 ** 20 };
      await expect(host.inspections.inspect(small, take, signal)).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
        message: expect.stringContaining("more than 1 MiB"),
      });
      // It serves as before.
      await call(host, "burn", 1);
      expect(recorded(host)).toContainEqual(["plugin.heap_taken", "burn", { by: "tester" }]);
    });
  }

  test("says that a plugin is unresponsive, and leaves it as it is [BWK-12]", { tags: ["slow"] }, async () => {
    await using host = await openHost("worker");
    await call(host, "burn", 1);
    const blocked = call(host, "burn", 7_000);
    const order = { plugin: "burn", kind: "cpu", by: "tester", durationMs: 100, maxBytes: 2 ** 24 } as const;
    await expect(host.inspections.inspect(order, async () => undefined, signal)).rejects.toMatchObject({
      code: "PLUGIN_UNRESPONSIVE",
      message: 'Cannot profile plugin "burn": it is unresponsive, its event loop gave no answer for 5 s',
    });
    await blocked;
    await host.inspections.inspect(order, async () => undefined, signal);
  });

  test("refuses what cannot be told apart, and a second look at once", async () => {
    await using host = await openHost("inline");
    const order = { plugin: "burn", kind: "cpu", by: "tester", durationMs: 100, maxBytes: 2 ** 24 } as const;
    const take = async (): Promise<void> => undefined;
    const first = host.inspections.inspect(order, take, signal);
    await expect(host.inspections.inspect(order, take, signal)).rejects.toMatchObject({
      code: "CALL_CONCURRENCY_EXCEEDED",
    });
    await expect(first).rejects.toMatchObject({
      code: "TIER_UNAVAILABLE",
      message:
        'Cannot profile plugin "burn": it runs in tier inline, where its time is the host\'s own; set plugins.burn.isolation to worker or process',
    });
    await expect(host.inspections.inspect({ ...order, plugin: "brun" }, take, signal)).rejects.toMatchObject({
      code: "PLUGIN_NOT_FOUND",
      message: expect.stringContaining('did you mean "burn"?'),
    });
    expect(host.storage.audit.list({ kind: "plugin.profiled" })).toEqual([]);
  });
});
