import { askOf } from "../src/grants/ask.ts";
import { GrantDesk } from "../src/grants/grant-desk.ts";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

const asking = echoPlugin("asking", {
  manifest: '[permissions]\nservices = ["machine"]',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      provides: [defineSource("asking", { create: (_config, ctx) => ({
        fetch: async () => ({ title: "x", lines: [JSON.stringify(await ctx.services.call("machine", "figures"))] }),
      }) })],
    });`,
});

test("a host that runs has what was granted, and has lost what was taken back, when it loads the plugin next [OPS-24]", async () => {
  const config = { plugins: { asking: { enabled: true, isolation: "inline" as const, accept_unenforced: [] } } };
  await using host = await createTestHost({ plugins: [asking], trust: "third-party", config });
  const plugin = host.plugins.get("asking");
  await using source = host.instance({ contribution: "source/asking", instanceId: "a" });
  const ask = (): Promise<unknown> => source.method("fetch")([], aCall());
  const desk = new GrantDesk({ storage: host.storage, clock: host.clock, workingFolder: host.folder });
  await expect(ask()).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  const { permissions: granted } = askOf(plugin.manifest, { workingFolder: host.folder });
  const about = { name: plugin.name, version: "1.0.0", manifest: plugin.manifest };
  await desk.grant(about, { granted, digest: "sha256:0", isPinned: false, by: "test" });
  await plugin.deactivate();
  expect(await ask()).toMatchObject({ title: "x" });
  await desk.revoke("asking", "test");
  await plugin.deactivate();
  await expect(ask()).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
});
