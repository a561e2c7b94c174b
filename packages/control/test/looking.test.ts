import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { openControlled } from "./open-controlled.ts";

const talker = {
  name: "talker",
  provides: { service: ["talker"] },
  source: `
    import { definePlugin, defineService } from "@berth/sdk";
    export default definePlugin({
      provides: [
        defineService("talker", {
          create: (_config, ctx) => ({
            methods: { talk: ({ level, text }) => ctx.log[level](text) },
          }),
        }),
      ],
    });`,
} as const;

const entry = { enabled: true, accept_unenforced: [] };

describe("the control socket", () => {
  test("tells the last lines of a plugin and follows the next, from the level that is asked [BWK-12]", async () => {
    await using controlled = await openControlled({
      plugins: [
        talker,
        {
          ...talker,
          name: "other",
          provides: {},
          source: 'import { definePlugin } from "@berth/sdk"; export default definePlugin({ provides: [] });',
        },
      ],
    });
    const { host, found } = controlled;
    host.masker.register("hunter2hunter2");
    const talk = (level: string, text: string): Promise<unknown> =>
      host.services.call({ service: "talker", method: "talk", input: { level, text }, caller: "app/test" });
    for (const text of ["one", "two \u001b[2J hunter2hunter2"]) await talk("info", text);
    await talk("error", "three");
    const told = async (params: object): Promise<string[]> => {
      const { lines } = await found.client.ask("logs.watch", { plugin: "talker", ...params });
      return lines.map(({ message }) => message);
    };
    expect(await told({})).toEqual(["one", "two \\u001b[2J ***", "three"]);
    expect(await told({ last: 2 })).toEqual(["two \\u001b[2J ***", "three"]);
    expect(await told({ level: "warn" })).toEqual(["three"]);
    expect(await told({ since: host.clock.now() + 60_000 })).toEqual([]);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    using _listening = found.client.onLogLine(resolve);
    expect(await told({ last: 0, level: "warn", follow: true })).toEqual([]);
    await talk("info", "not asked for");
    host.log.error("of the host");
    await talk("warn", "four");
    expect(await promise).toMatchObject({ source: "plugin/talker", level: "warn", message: "four" });
    await expect(told({ plugin: "tolker" })).rejects.toMatchObject({ code: "PLUGIN_NOT_FOUND" });
  });

  test("sets the log level of a plugin for a while, after which the configured one holds [BWK-12]", async () => {
    const clock = new ManualClock(Date.now());
    const config = { plugins: { talker: { ...entry, log_level: "error" as const } } };
    await using controlled = await openControlled({ plugins: [talker], config, clock });
    const { host, found } = controlled;
    const log = async (): Promise<unknown> => (await found.client.ask("plugins.info", { plugin: "talker" })).log;
    expect(await log()).toEqual({ level: "error", configured: "error" });
    const order = { plugin: "talker", by: "tester", level: "debug", forMs: 600_000 } as const;
    const until = clock.now() + 600_000;
    expect(await found.client.ask("plugins.log_level", order)).toEqual({ level: "debug", configured: "error", until });
    expect(host.logLevels.isKept("plugin/talker", "debug")).toBe(true);
    expect(host.logLevels.isKept("plugin/other", "debug")).toBe(true);
    await clock.advance(600_001);
    expect(await log()).toEqual({ level: "error", configured: "error" });
    await found.client.ask("plugins.log_level", { plugin: "talker", by: "tester", level: "trace" });
    expect(await log()).toEqual({ level: "trace", configured: "error" });
    await found.client.ask("plugins.log_level", { plugin: "talker", by: "tester", level: null });
    expect(await log()).toEqual({ level: "error", configured: "error" });
    expect(host.storage.audit.list({ kind: "plugin.log_level" })[0]).toMatchObject({
      plugin: "talker",
      details: { by: "tester" },
    });
  });

  test("hands on what is found in a plugin, and says what is refused [BWK-12]", { tags: ["slow"] }, async () => {
    const config = { plugins: { talker: { ...entry, isolation: "worker" as const } } };
    await using controlled = await openControlled({ plugins: [talker], config });
    const { host, found } = controlled;
    const chunks: Uint8Array[] = [];
    const take = async (bytes: Uint8Array): Promise<void> => void chunks.push(bytes);
    const order = { plugin: "talker", by: "tester", maxBytes: 2 ** 28 } as const;
    const heap = await found.client.inspect({ ...order, kind: "heap" }, take);
    expect(heap).toMatchObject({ plugin: "talker", tier: "worker", bytes: Buffer.concat(chunks).length });
    expect(JSON.parse(Buffer.concat(chunks).toString())).toHaveProperty("snapshot");
    chunks.length = 0;
    const cpu = await found.client.inspect({ ...order, kind: "cpu", seconds: 0.2 }, take);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toHaveProperty("timeDeltas");
    expect(cpu.bytes).toBe(Buffer.concat(chunks).length);
    await expect(found.client.inspect({ ...order, kind: "heap", maxBytes: 1_000 }, take)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
    const full = new Error("no space left");
    await expect(found.client.inspect({ ...order, kind: "heap" }, () => Promise.reject(full))).rejects.toBe(full);
    await found.client.ask("host.status", {});
    // Whoever failed to take it does not keep others from looking.
    await found.client.inspect({ ...order, kind: "cpu", seconds: 0.1 }, take);
    expect(host.storage.audit.list({ kind: "plugin.heap_taken" })).toHaveLength(3);
  });
});
