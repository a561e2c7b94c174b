import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createTestHost, type TestHost, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "../plugins-of-tests.ts";

const signal = new AbortController().signal;
const recorded = ({ storage }: TestHost, kind: string): unknown[] =>
  storage.audit.list({ kind }).map(({ plugin, details }) => ({ plugin, ...details }));

describe("the audit log of a host", () => {
  test("has every refused permission, the same ones counted [FLX-53]", async () => {
    const curious = echoPlugin("curious", {
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          provides: [defineSource("curious", { create: (_config, ctx) => ({
            fetch: async () => {
              for (let n = 0; n < 40; n++) await ctx.files.readText("/etc/passwd").catch(() => undefined);
              return { title: "x", lines: [] };
            },
          }) })],
        });`,
    });
    const host = await createTestHost({ plugins: [curious] });
    const { folder } = host;
    {
      await using owned = host;
      await using source = owned.instance({ contribution: "source/curious", instanceId: "a" });
      await source.method("fetch")([], aCall());
      await expect
        .poll(() => recorded(owned, "permission.denied"))
        .toEqual([{ plugin: "curious", instance: "a", capability: "files", what: "read /etc/passwd" }]);
      await owned.storage.audit[Symbol.asyncDispose]();
      const [more] = recorded(owned, "permission.denied");
      expect(more).toMatchObject({ plugin: "curious", same: "files read /etc/passwd", more: 39 });
    }
    await rm(folder, { recursive: true, force: true });
  });

  test("has a reload and a rollback before they are done, by whom, and how they ended [FLX-53, OPS-47]", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("echo")], keepsVersions: true });
    await host.plugins.get("echo").activate(signal);
    await expect
      .poll(() => recorded(host, "plugin.served"))
      .toMatchObject([{ plugin: "echo", version: "1.0.0", before: null }]);
    await writePlugin(join(host.folder, "plugins"), echoPlugin("echo", { version: "2.0.0" }));
    await host.reloads.reload("echo", { signal, by: "ada" });
    await host.reloads.rollback("echo", { signal, by: "grace" });
    expect(recorded(host, "plugin.reload")).toMatchObject([{ plugin: "echo", by: "ada", version: "2.0.0" }]);
    expect(recorded(host, "plugin.rollback")).toMatchObject([{ plugin: "echo", by: "grace", version: "1.0.0" }]);
    expect(recorded(host, "plugin.reloaded")).toMatchObject([{ version: "1.0.0" }, { version: "2.0.0" }]);
    await writePlugin(
      join(host.folder, "plugins"),
      echoPlugin("echo", { version: "3.0.0", source: "export default 7" }),
    );
    await host.reloads.reload("echo", { signal, by: "ada" });
    expect(recorded(host, "plugin.reload_refused")).toMatchObject([{ plugin: "echo", version: "1.0.0" }]);
  });

  test("says at a start what is other than at the one before, once, without the values [FLX-53]", async () => {
    await using first = await createTestHost({ plugins: [echoPlugin("echo")] });
    const { folder } = first;
    const start = async (plugins: string[], limit: number): Promise<unknown[]> => {
      await using host = await createTestHost({
        plugins,
        folder,
        config: {
          plugins: { echo: { enabled: true, isolation: "inline", accept_unenforced: [], settings: { limit } } },
        },
      });
      await host.start(signal);
      return recorded(host, "host.changed");
    };
    const echo = join(folder, "plugins", "echo");
    expect(await start([echo], 1)).toMatchObject([{ by: "host", plugins: { echo: "1.0.0" }, configChanged: null }]);
    expect(await start([echo], 1)).toHaveLength(1);
    expect(await start([echo], 2)).toMatchObject([{ configChanged: true }, {}]);
    const other = await writePlugin(join(folder, "plugins"), echoPlugin("other"));
    const [last] = await start([echo, other], 2);
    expect(last).toMatchObject({ configChanged: false, plugins: { echo: "1.0.0", other: "1.0.0" } });
    expect(JSON.stringify(last)).not.toContain("limit");
  });
});
