import { existsSync } from "node:fs";
import { mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { describe, expect, test, vi } from "vitest";
import { createTestHost } from "./create-test-host.ts";
import type { PluginToWrite } from "./write-plugin.ts";

const GREETER: PluginToWrite = {
  name: "greeter",
  provides: { source: ["greeting"] },
  manifest: 'description = "Says hello"\n[limits]\nstore_mb = 1\n',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    import { word } from "./word.ts";
    export default definePlugin({
      provides: [defineSource("greeting", { create: () => ({ fetch: async () => ({ title: word, lines: [] }) }) })],
    });`,
  files: { "src/word.ts": 'export const word = "Hello";' },
};

describe("createTestHost", () => {
  test("runs plugins written for the test and removes its folder in the end", async () => {
    let folder: string;
    {
      await using host = await createTestHost({ plugins: [GREETER] });
      folder = host.folder;
      const instance = host.instance({ contribution: "source/greeting", instanceId: "a" });
      const call = {
        signal: AbortSignal.timeout(5_000),
        deadline: Infinity,
        attempt: 1,
        caller: "test",
        permissions: [],
        correlationId: "c",
      };
      expect(await instance.method("fetch")([], call)).toEqual({ title: "Hello", lines: [] });
      const { manifest } = host.plugins.get("greeter");
      expect([manifest.plugin.description, manifest.limits]).toEqual(["Says hello", { store_mb: 1 }]);
    }
    expect(existsSync(folder)).toBe(false);
  });

  test("goes on where another host stopped, when given its folder", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-test-"));
    const clock = new ManualClock(1_000);
    {
      await using host = await createTestHost({ folder: folder.path, clock });
      await host.storage.cache.put("kept", "value", 7);
      host.log.info("hello");
      expect(host.records).toEqual([{ time: 1_000, level: "info", source: "host", message: "hello" }]);
    }
    await using host = await createTestHost({ folder: folder.path, clock });
    expect(host.storage.cache.get("kept")).toEqual({ value: "value", storedAt: 7 });
  });

  test("leaves no folder behind when the host cannot be made", async () => {
    await using temporary = await mkdtempDisposable(join(tmpdir(), "berth-test-"));
    vi.stubEnv("TMPDIR", temporary.path);
    const signal = AbortSignal.abort(new Error("given up"));
    await expect(createTestHost({ plugins: [GREETER], signal })).rejects.toThrow("given up");
    expect(await readdir(temporary.path)).toEqual([]);
    vi.unstubAllEnvs();
  });
});
