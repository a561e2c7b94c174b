import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifestSchema } from "@berth/contract/manifest";
import { type CallContext, NO_GRANT } from "@berth/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InlineRunner } from "./inline-runner.ts";

const signal = new AbortController().signal;
const call: CallContext = {
  signal,
  deadline: Infinity,
  attempt: 1,
  caller: "test",
  permissions: [],
  correlationId: "c",
};
const manifest = manifestSchema.parse({
  plugin: { name: "greeter", version: "1.0.0" },
  provides: { source: ["hello"] },
  runtime: { entry: "plugin.ts" },
});

let folder: string;
const runner = new InlineRunner();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-inline-"));
});
afterAll(async () => {
  runner[Symbol.dispose]();
  await rm(folder, { recursive: true });
});

const write = (greeting: string): Promise<void> =>
  writeFile(
    join(folder, "plugin.ts"),
    `import { definePlugin, defineSource, fields } from "@berth/sdk";
const greeting: string = ${JSON.stringify(greeting)};
export default definePlugin({
  provides: [
    defineSource("hello", {
      config: fields({ name: { type: "string", required: true } }),
      create: (config) => ({ fetch: async () => ({ title: greeting, lines: [config.name] }) }),
    }),
  ],
});
`,
  );

const open = (generation: number) =>
  runner.open(
    {
      identity: { name: "greeter", version: "1.0.0", provides: ["source/hello"] },
      manifest,
      folder,
      generation,
      grant: NO_GRANT,
      limits: {},
      folders: { read: [], write: [] },
      dataFolder: folder,
      environment: {},
      onLimit: () => undefined,
      onOutput: () => undefined,
      capabilities: () => ({}) as never,
      now: () => 0,
    },
    signal,
  );

describe("InlineRunner", () => {
  test("promises no wall, and of limits only what the host itself counts", async () => {
    const { level, enforces } = await runner.report();
    expect(level).toBe("none");
    expect(Object.keys(enforces)).not.toContain("limits.memory_mb");
    expect(enforces).toHaveProperty(["limits.call_timeout_ms"]);
  });

  test("runs a TypeScript plugin in a bare folder, which gets the host's own SDK [RPT-59]", async () => {
    await write("Hello");
    await using channel = await open(1);
    expect(
      await channel.openInstance({ contribution: "source/hello", instanceId: "a", config: { name: "Ada" } }, signal),
    ).toEqual(["fetch"]);
    expect(await channel.method("a", "fetch")([], call)).toEqual({ title: "Hello", lines: ["Ada"] });
  });

  test("a later generation loads the code afresh", async () => {
    await write("Good day");
    await using channel = await open(2);
    await channel.openInstance({ contribution: "source/hello", instanceId: "a", config: { name: "Ada" } }, signal);
    expect(await channel.method("a", "fetch")([], call)).toMatchObject({ title: "Good day" });
  });

  test("code that does not load is the plugin's failure and names the entry", async () => {
    await writeFile(join(folder, "plugin.ts"), "export default 5 +");
    await expect(open(3)).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: expect.stringContaining('Cannot load plugin "greeter" from plugin.ts'),
    });
  });

  test("a channel that was disposed says so, and its exit is expected", async () => {
    await write("Bye");
    const channel = await open(4);
    await channel.openInstance({ contribution: "source/hello", instanceId: "a", config: { name: "Ada" } }, signal);
    const fetch = channel.method("a", "fetch");
    await channel[Symbol.asyncDispose]();
    await expect(fetch([], call)).rejects.toThrow('Cannot call plugin "greeter": it was unloaded');
    await expect(channel.health(signal)).rejects.toThrow("it was unloaded");
    expect(await channel.exited).toEqual({ expected: true, reason: "unloaded" });
  });
});
