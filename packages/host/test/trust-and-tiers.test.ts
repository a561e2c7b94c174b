import { chmod } from "node:fs/promises";
import { createTestHost } from "@berth/testing";
import type { HostConfig } from "@berth/kernel/config";
import { ProcessRunner } from "@berth/runners/process";
import { PRIMITIVES } from "@berth/runners/sandbox";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin, takeLoaded } from "./plugins-of-tests.ts";

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** What `berth.yaml` says of one plugin. */
function settings(name: string, said: Partial<HostConfig["plugins"][string]>): Partial<HostConfig> {
  return { plugins: { [name]: { enabled: true, accept_unenforced: [], ...said } } };
}

describe("Host and a stranger's plugin", () => {
  const plugins = [echoPlugin("stranger")];
  const trust = "third-party";

  /** A machine that offers nothing but the rules of Node.js. */
  const noSandbox = (accepted?: string) => [
    new ProcessRunner({
      hide: PRIMITIVES.filter((name) => name !== "node-permission"),
      warm: 0,
      minimumLevel: (plugin) => (plugin === accepted ? "runtime" : "kernel"),
    }),
  ];

  test.skipIf(process.platform !== "linux")(
    "runs it in a process of its own, whatever its manifest asks for [FLX-35, OPS-20]",
    async () => {
      const wishing = echoPlugin("stranger", { manifest: '[runtime]\nisolation = "inline"' });
      await using host = await createTestHost({ plugins: [wishing], trust });
      await using instance = host.instance({ contribution: "source/stranger", instanceId: "s" });
      expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "s" });
      expect(host.plugins.get("stranger").generation?.channel.tier).toBe("process");
      expect(takeLoaded()).toEqual([]);
    },
  );

  test("does not run it where there is no sandbox, and says what is missing and what the operator can do", async () => {
    await using host = await createTestHost({ plugins, trust, runners: noSandbox() });
    await using instance = host.instance({ contribution: "source/stranger", instanceId: "s" });
    await expect(instance.open(signal())).rejects.toMatchObject({
      code: "TIER_UNAVAILABLE",
      message: expect.stringMatching(
        /no sandbox.*bwrap.*plugins\.stranger\.minimum_isolation to runtime in berth\.yaml/,
      ),
    });
    expect(host.plugins.get("stranger").state).toBe("failed");
  });

  test.skipIf(process.platform !== "linux")(
    "runs it under the rules of Node.js alone where the operator took that by name, and no other plugin",
    async () => {
      const both = [echoPlugin("stranger"), echoPlugin("another")];
      await using host = await createTestHost({ plugins: both, trust, runners: noSandbox("stranger") });
      // There is no other way for code to get to a user of its own than to be readable.
      await chmod(host.folder, 0o755);
      await using taken = host.instance({ contribution: "source/stranger", instanceId: "s" });
      expect(await taken.method("fetch")([], aCall())).toMatchObject({ title: "s" });
      await using refused = host.instance({ contribution: "source/another", instanceId: "a" });
      await expect(refused.open(signal())).rejects.toMatchObject({ code: "TIER_UNAVAILABLE" });
    },
  );

  test("runs it in the host's own thread when berth.yaml says so by name", async () => {
    await using host = await createTestHost({ plugins, trust, config: settings("stranger", { isolation: "inline" }) });
    await using instance = host.instance({ contribution: "source/stranger", instanceId: "s" });
    expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "s" });
  });

  test("gives it nothing by asking: only what berth.yaml lists", async () => {
    const asking = echoPlugin("stranger", {
      manifest: '[permissions]\nservices = ["machine", "runs"]',
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          provides: [defineSource("stranger", { create: (_config, ctx) => ({
            fetch: async () => ({ title: "x", lines: [JSON.stringify(await ctx.services.call(ctx.instanceId, "figures"))] }),
          }) })],
        });`,
    });
    const config = settings("stranger", { isolation: "inline", grant: { services: ["machine"] } });
    await using host = await createTestHost({ plugins: [asking], trust, config });
    await using machine = host.instance({ contribution: "source/stranger", instanceId: "machine" });
    await using runs = host.instance({ contribution: "source/stranger", instanceId: "runs" });
    expect(await machine.method("fetch")([], aCall())).toMatchObject({
      lines: [expect.stringContaining("totalMemory")],
    });
    await expect(runs.method("fetch")([], aCall())).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    const warned = host.records.filter(({ level }) => level === "warn");
    expect(warned).toMatchObject([
      {
        message: 'Denied plugin "stranger" call runs.figures',
        fields: { plugin: "stranger", instance: "runs", capability: "services" },
      },
    ]);
  });
});

describe("Host and limits that a tier cannot hold", () => {
  const demanding = echoPlugin("hungry", { manifest: "[limits]\nmemory_mb = 64\ncpu_percent = 50" });

  test("refuses the plugin rather than ignore them, naming each", async () => {
    await using host = await createTestHost({
      plugins: [demanding],
      config: settings("hungry", { isolation: "inline" }),
    });
    expect(() => host.plugins.get("hungry")).toThrow(
      'Cannot run plugin "hungry" in tier inline: it cannot enforce limits.memory_mb, limits.cpu_percent. Choose another tier, ' +
        "or accept that by setting plugins.hungry.accept_unenforced to [limits.memory_mb, limits.cpu_percent] in berth.yaml; " +
        "`berth doctor` says what this machine enforces",
    );
  });

  test("takes it when the operator accepted every one by name, and not for some of them", async () => {
    const accepting = (...names: string[]) => settings("hungry", { isolation: "inline", accept_unenforced: names });
    await using some = await createTestHost({ plugins: [demanding], config: accepting("limits.memory_mb") });
    expect(() => some.plugins.get("hungry")).toThrow("it cannot enforce limits.cpu_percent.");
    const config = accepting("limits.memory_mb", "limits.cpu_percent");
    await using all = await createTestHost({ plugins: [demanding], config });
    expect(all.plugins.get("hungry").state).toBe("unloaded");
  });

  test("refuses limits that berth.yaml sets and the tier cannot hold, as those of the manifest", async () => {
    const own = settings("modest", { isolation: "inline", limits: { memory_mb: 64 } });
    await using host = await createTestHost({ plugins: [echoPlugin("modest")], config: own });
    expect(() => host.plugins.get("modest")).toThrow("it cannot enforce limits.memory_mb");
  });

  test.skipIf(process.platform !== "linux")(
    "runs a first-party plugin in the lightest tier that holds its limits [OPS-56, RPT-143, BWK-8, BWK-9, FLX-36, OPS-23]",
    async () => {
      const forAll = { plugin_limits: { cpu_percent: 50 } };
      await using strict = await createTestHost({ plugins: [echoPlugin("modest")], config: forAll });
      await using instance = strict.instance({ contribution: "source/modest", instanceId: "m" });
      expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "m" });
      expect(strict.plugins.get("modest").generation?.channel.tier).toBe("process");
    },
  );

  test.each(["wasm", "external"])("refuses code of type %s, which only another tier runs", async (type) => {
    const other = echoPlugin("other", { manifest: `[runtime]\ntype = "${type}"\nentry = "src/plugin.ts"` });
    await using host = await createTestHost({ plugins: [other], config: settings("other", { isolation: "inline" }) });
    expect(() => host.plugins.get("other")).toThrow(
      expect.objectContaining({
        code: "TIER_UNAVAILABLE",
        message: expect.stringContaining(`its code is of type ${type}, which runs in `),
      }),
    );
  });
});

describe("Host and what a plugin needs", () => {
  test.each([
    ["host", ">=99", /^Cannot start plugin "picky": it asks for Berth >=99, this is \d+\.\d+\.\d+/],
    ["node", "<20", /^Cannot start plugin "picky": it asks for Node\.js <20, this is \d+\.\d+\.\d+/],
  ])("does not start one that asks for another version of %s [RPT-37]", async (what, range, sentence) => {
    const picky = echoPlugin("picky", { manifest: `[dependencies]\n${what} = "${range}"` });
    await using host = await createTestHost({ plugins: [picky, echoPlugin("easy")] });
    await using instance = host.instance({ contribution: "source/picky", instanceId: "p" });
    await expect(instance.open(signal())).rejects.toMatchObject({
      code: "PLUGIN_INCOMPATIBLE",
      message: expect.stringMatching(sentence),
    });
    await using easy = host.instance({ contribution: "source/easy", instanceId: "e" });
    expect(await easy.method("fetch")([], aCall())).toMatchObject({ title: "e" });
  });

  test("starts one that asks for what is there", async () => {
    const content = echoPlugin("content", { manifest: '[dependencies]\nhost = ">=0.1"\nnode = ">=24"' });
    await using host = await createTestHost({ plugins: [content] });
    await using instance = host.instance({ contribution: "source/content", instanceId: "c" });
    expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "c" });
  });

  test("ends the start with one error when a required plugin cannot be run", async () => {
    const refused = echoPlugin("needed", { manifest: 'criticality = "required"\n[limits]\nmemory_mb = 64' });
    await using host = await createTestHost({
      plugins: [refused],
      config: settings("needed", { isolation: "inline" }),
    });
    await expect(host.start(signal())).rejects.toMatchObject({
      code: "PLUGIN_REQUIRED",
      message: expect.stringContaining('Cannot run plugin "needed"'),
    });
  });

  test("starts without a required plugin that the operator switched off", async () => {
    const needed = echoPlugin("needed", { manifest: 'criticality = "required"' });
    await using host = await createTestHost({ plugins: [needed], config: settings("needed", { enabled: false }) });
    expect(await host.start(signal())).toEqual([]);
  });
});
