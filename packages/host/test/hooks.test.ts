import { join } from "node:path";
import type { Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import { createTestHost, type PluginToWrite, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";

const NEVER = new AbortController().signal;

/** A middleware that writes its name on each request. */
const marking = (name: string, rest: { manifest?: string; body?: string } = {}): PluginToWrite => ({
  name: `${name}-plugin`,
  provides: { middleware: [name] },
  ...(rest.manifest === undefined ? {} : { manifest: rest.manifest }),
  source: `
    import { defineMiddleware, definePlugin } from "@berth/sdk";
    export default definePlugin({
      provides: [
        defineMiddleware("${name}", {
          create: () => ({
            ${rest.body ?? `before: (request) => ({ ...request, path: request.path + "/${name}" }),`}
          }),
        }),
      ],
    });`,
});

const REQUEST = { method: "GET", path: "", params: {}, query: {}, headers: {}, body: new Uint8Array() };
type Request = typeof REQUEST;

const entry = (more: object): HostConfig["plugins"][string] => ({ enabled: true, accept_unenforced: [], ...more });

describe.each<Tier>(["inline", "worker"])("Host.hooks with plugins in tier %s [BWK-15]", (tier) => {
  const plugins = [
    marking("zoom"),
    marking("base"),
    marking("needy", { manifest: '[dependencies.requires]\nzoom-plugin = "^1.0.0"' }),
    marking("asked", { manifest: '[policies."middleware/asked"]\npriority = 5' }),
    marking("ended", { body: "after: (_request, response) => response," }),
    marking("broken", { body: 'before: () => { throw new Error("no way"); },' }),
    marking("first"),
  ];
  const config = {
    plugins: Object.fromEntries(
      plugins.map(({ name }) => [
        name,
        entry({
          isolation: tier,
          policy: { breaker: { failure_threshold: 2 }, ...(name === "first-plugin" ? { priority: 9 } : {}) },
        }),
      ]),
    ),
  };

  test("ask by priority, then by who needs whom, then by name; a broken optional one is passed over, and left alone", async () => {
    await using host = await createTestHost({ plugins, config });
    const point = host.hooks<readonly [Request], Request>("middleware", "before");
    const order = ["first", "asked", "base", "broken", "ended", "zoom", "needy"].map((name) => `middleware/${name}`);
    expect([...point.order].sort()).toEqual([...order].sort());
    expect(point.order.slice(0, 2)).toEqual(order.slice(0, 2));
    expect(point.order.indexOf("middleware/zoom")).toBeLessThan(point.order.indexOf("middleware/needy"));
    const codes: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { value, skipped } = await point.reduce([REQUEST]);
      const named = point.order.map((id) => id.slice("middleware/".length));
      const marks = named.filter((name) => name !== "ended" && name !== "broken");
      expect(value.path).toBe(`/${marks.join("/")}`);
      codes.push(...skipped.map(({ plugin, error }) => `${plugin} ${error.code}`));
    }
    expect(codes).toEqual([
      "broken-plugin PLUGIN_FAILED",
      "broken-plugin PLUGIN_FAILED",
      "broken-plugin CALL_BREAKER_OPEN",
    ]);
    expect((await point.first([REQUEST])).value?.path).toBe("/first");
    expect((await point.all([REQUEST])).value.map(({ path }) => path)).toHaveLength(5);
    expect((await point.series([REQUEST])).value.map(({ path }) => path)).toHaveLength(5);
  });
});

test("Host.hooks fail by a required plugin, and are in another order when the operator says so", async () => {
  const plugins = [
    marking("one"),
    marking("two"),
    marking("must", { manifest: 'criticality = "required"\n', body: 'before: () => { throw new Error("no way"); },' }),
  ];
  await using host = await createTestHost({ plugins });
  const point = host.hooks<readonly [Request], Request>("middleware", "before");
  await expect(point.series([REQUEST])).rejects.toThrow("no way");
  const next = { ...host.config, plugins: { "two-plugin": entry({ policy: { priority: 1 } }) } };
  await host.applyConfig({ config: next, sections: {} }, NEVER);
  expect(point.order[0]).toBe("middleware/two");
  expect((await point.first([REQUEST])).value?.path).toBe("/two");
});

test("Host.hooks ask a plugin no more whose next version has no such contribution, and it is replaced all the same", async () => {
  await using host = await createTestHost({ plugins: [marking("one"), marking("two")], keepsVersions: true });
  const point = host.hooks<readonly [Request], Request>("middleware", "before");
  expect((await point.reduce([REQUEST])).value.path).toBe("/one/two");
  const next: PluginToWrite = {
    ...marking("one"),
    version: "1.1.0",
    provides: { layout: ["plain"] },
    source: `
      import { defineLayout, definePlugin } from "@berth/sdk";
      export default definePlugin({ provides: [defineLayout("plain", { create: () => ({ render: () => ({ root: {} }) }) })] });`,
  };
  await writePlugin(join(host.folder, "plugins"), next);
  expect(await host.reloads.reload("one-plugin", { signal: NEVER })).toMatchObject({ outcome: "reloaded" });
  expect(point.order).toEqual(["middleware/two"]);
  expect((await point.reduce([REQUEST])).value.path).toBe("/two");
});

test("Event plugins hear each event in the order of their priorities [BWK-15]", async () => {
  const listener = (name: string, priority: number): PluginToWrite => ({
    name: `${name}-plugin`,
    provides: { event: [name] },
    manifest: `[policy]\npriority = ${priority}\n[permissions.events]\nsubscribe = ["run.>"]\npublish = ["heard.>"]`,
    source: `
      import { defineEvent, definePlugin } from "@berth/sdk";
      export default definePlugin({
        provides: [
          defineEvent("${name}", { create: (_config, ctx) => ({ subjects: ["run.>"], handle: () => ctx.events.publish("heard.${name}", null) }) }),
        ],
      });`,
  });
  await using host = await createTestHost({ plugins: [listener("low", -1), listener("mid", 0), listener("top", 7)] });
  await host.start(NEVER);
  expect(host.eventPlugins.counts.map(({ contribution }) => contribution)).toEqual([
    "event/top",
    "event/mid",
    "event/low",
  ]);
});
