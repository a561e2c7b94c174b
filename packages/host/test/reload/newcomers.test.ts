import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHost, writePlugin } from "@berth/testing";
import { expect, test } from "vitest";
import { counter, openCounter } from "./counter.ts";

/** A host over a folder of plugins in which something was done before it starts. */
async function openWatched(before: (plugins: string) => Promise<unknown> = async () => {}) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-newcomers-"))).path;
  const plugins = join(folder, "plugins");
  await mkdir(plugins);
  await before(plugins);
  const waiting = new Map<string, () => void>();
  const host = opened.use(
    await createTestHost({
      folder,
      watch: true,
      roots: [{ kind: "folder", path: plugins, trust: "third-party" }],
      config: {
        plugins: { counter: { enabled: true, isolation: "worker", accept_unenforced: ["limits.cpu_percent"] } },
      },
      logSink: ({ message }) => {
        for (const [part, tell] of waiting) if (message.includes(part)) tell();
      },
    }),
  );
  const said = (part: string) => new Promise<void>((resolve) => waiting.set(part, resolve));
  const owned = opened.move();
  return { host, plugins, said, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test("A plugin that appears while the host runs can be used at once [OPS-11, RPT-57]", async () => {
  await using project = await openWatched();
  const { host, plugins, said } = project;
  expect(host.plugins.names("source")).toEqual([]);
  const found = said('Found plugin "counter"');
  await writePlugin(plugins, counter());
  await found;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
});

test("A plugin whose manifest was broken is taken in when it is whole [OPS-11]", async () => {
  await using project = await openWatched(async (root) => {
    const folder = await writePlugin(root, counter());
    await writeFile(join(folder, "plugin.toml"), "[plugin");
  });
  const { host, plugins, said } = project;
  expect(host.plugins.troubles.map(({ error }) => error.code)).toEqual(["MANIFEST_INVALID"]);
  const found = said('Found plugin "counter"');
  await writePlugin(plugins, counter());
  await found;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  expect(host.plugins.troubles).toEqual([]);
});
