import { join } from "node:path";
import { createTestHost, type PluginToWrite, writePlugin } from "@berth/testing";
import { expect, test } from "vitest";

/** A plugin of a chain: its service says its name, its version, and what those it needs say. */
function link(name: string, needs: readonly string[], version = "1.0.0", hooks = ""): PluginToWrite {
  return {
    name,
    version,
    provides: { service: [name] },
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      let calls = 0;
      const said = async (ctx) => {
        const parts = [];
        for (const need of ${JSON.stringify(needs)}) parts.push(await ctx.services.get(need).call("say", null));
        return ${JSON.stringify(`${name}@${version}`)} + (parts.length > 0 ? "(" + parts.join(",") + ")" : "");
      };
      export default definePlugin({
        provides: [defineService("${name}", {
          create: (_config, ctx) => ({ methods: { say: async () => { calls++; return said(ctx); }, calls: () => calls } }),
        })],
        saveState: () => ({ calls }),
        restoreState: async (state, ctx) => {
          calls = state.calls;
          await ctx.store.set("heard", await said(ctx));
        },
        ${hooks}
      });`,
    manifest: [
      "[dependencies.requires]",
      ...needs.map((need) => `${need} = "^1"`),
      "[permissions]",
      `services = ${JSON.stringify(needs)}`,
    ].join("\n"),
  };
}

const DIAMOND = [
  link("bottom", []),
  link("left", ["bottom"]),
  link("right", ["bottom"]),
  link("top-most", ["left", "right"]),
];

async function openDiamond() {
  const host = await createTestHost({
    plugins: DIAMOND,
    keepsVersions: true,
    config: {
      plugins: Object.fromEntries(
        DIAMOND.map(({ name }) => [name, { enabled: true, isolation: "worker" as const, accept_unenforced: [] }]),
      ),
    },
  });
  const ask = (service: string, method: string) =>
    host.services.call({ service, method, input: null, caller: "app/test" });
  return { host, ask };
}

test("Dependents are replaced with what they need, each once and in order, and meet its new version at once [FLX-15, OPS-12]", async () => {
  const { host, ask } = await openDiamond();
  await using _host = host;
  expect(await ask("top-most", "say")).toBe("top-most@1.0.0(left@1.0.0(bottom@1.0.0),right@1.0.0(bottom@1.0.0))");
  await writePlugin(join(host.folder, "plugins"), link("bottom", [], "1.1.0"));
  const report = await host.reloads.reload("bottom");
  expect(report.failed).toBeUndefined();
  expect(report).toMatchObject({ outcome: "reloaded" });
  expect(report.dependents.toSorted()).toEqual(["left", "right", "top-most"]);
  expect(report.dependents.at(-1)).toBe("top-most");
  expect(host.plugins.plugins.map(({ serving }) => serving?.number)).toEqual([2, 2, 2, 2]);
  // What each heard while it took over was said by the new ones: the old could not answer any more.
  expect(host.storage.pluginStore("top-most", { quotaBytes: 1_000 }).get("heard")).toBe(
    "top-most@1.0.0(left@1.0.0(bottom@1.1.0),right@1.0.0(bottom@1.1.0))",
  );
  expect(await ask("top-most", "say")).toBe("top-most@1.0.0(left@1.0.0(bottom@1.1.0),right@1.0.0(bottom@1.1.0))");
});

test("When one of them fails, all go on as they were [OPS-47, FLX-47]", async () => {
  const { host, ask } = await openDiamond();
  await using _host = host;
  const before = await ask("top-most", "say");
  const broken = link("right", ["bottom"], "1.0.1", "start: () => { throw new Error('not today'); },");
  await writePlugin(join(host.folder, "plugins"), broken);
  const report = await host.reloads.reload("right");
  expect(report).toMatchObject({ outcome: "refused", failed: { step: "initialize" } });
  expect(host.plugins.plugins.map(({ serving }) => serving?.number)).toEqual([1, 1, 1, 1]);
  expect(await ask("top-most", "say")).toBe(before);
});

test("When all are reloaded, those that came along with what they need get their own new version too [FLX-15]", async () => {
  const { host, ask } = await openDiamond();
  await using _host = host;
  await ask("top-most", "say");
  const folder = join(host.folder, "plugins");
  await writePlugin(folder, link("bottom", [], "1.1.0"));
  await writePlugin(folder, link("left", ["bottom"], "1.2.0"));
  const reports = await host.reloads.reloadAll();
  expect(reports.map(({ plugin }) => plugin).at(0)).toBe("bottom");
  expect(reports.map(({ plugin }) => plugin).at(-1)).toBe("top-most");
  expect(reports.every(({ failed }) => failed === undefined)).toBe(true);
  // The reload of "left" has taken what came along with it before, "bottom" too, for good.
  expect(reports.filter(({ probationMs }) => probationMs !== undefined).map(({ plugin }) => plugin)).toEqual(["left"]);
  expect(await ask("top-most", "say")).toBe("top-most@1.0.0(left@1.2.0(bottom@1.1.0),right@1.0.0(bottom@1.1.0))");
});
