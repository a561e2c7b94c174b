import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHost, type TestHost, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { saying } from "../graph/plugins.ts";
import { counter, openCounter } from "./counter.ts";

const IN_A_THREAD = { enabled: true, isolation: "worker", grant: "asked", accept_unenforced: [] } as const;

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
        plugins: {
          counter: { enabled: true, isolation: "worker", accept_unenforced: ["limits.cpu_percent"] },
          ...Object.fromEntries(["app", "chart"].map((name) => [name, IN_A_THREAD])),
        },
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

test("A plugin whose manifest was broken when it appeared is taken in when it is whole [OPS-11, RPT-57]", async () => {
  await using project = await openWatched();
  const { host, plugins, said } = project;
  const refused = said("its manifest has");
  await mkdir(join(plugins, "counter"));
  await writeFile(join(plugins, "counter", "plugin.toml"), "[plugin");
  await refused;
  const found = said('Found plugin "counter"');
  await writePlugin(plugins, counter());
  await found;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
});

describe("A plugin that appears while the host runs", () => {
  const APP = saying("app", { dependencies: 'requires = { chart = "^2" }', calls: ["chart"] });
  const codes = ({ plugins: { troubles } }: TestHost) => troubles.map(({ plugin, error }) => [plugin, error.code]);
  const say = (host: TestHost) =>
    host.services.call({ service: "app", method: "say", input: null, caller: "app/test" });

  test("is left out while what it requires is not there, and taken in when that comes [OPS-12, OPS-48, OPS-50]", async () => {
    await using project = await openWatched();
    const { host, plugins, said } = project;
    const refused = said('Cannot use plugin "app": no plugin is named "chart"');
    await writePlugin(plugins, APP);
    await refused;
    expect(codes(host)).toEqual([["app", "DEPENDENCY_MISSING"]]);
    const found = said('Found plugin "app"');
    await writePlugin(plugins, saying("chart", { version: "2.0.0" }));
    await found;
    expect(await say(host)).toBe("app 1.0.0 < chart 2.0.0");
    expect(codes(host)).toEqual([]);
    expect(host.dependentsOf("chart")).toEqual(["app"]);
  });

  test("brings in those that were left out at the start, and they are paused when it leaves [OPS-12, OPS-48]", async () => {
    await using project = await openWatched((root) => writePlugin(root, APP));
    const { host, plugins, said } = project;
    expect(codes(host)).toEqual([["app", "DEPENDENCY_MISSING"]]);
    const found = said('Found plugin "app"');
    await writePlugin(plugins, saying("chart", { version: "2.0.0" }));
    await found;
    expect(await say(host)).toBe("app 1.0.0 < chart 2.0.0");
    await host.plugins.get("chart").deactivate();
    expect(host.plugins.get("app").heldBecause).toContain('it waits for "chart"');
  });

  test("is taken in when another version of what it requires serves [OPS-12, OPS-14]", async () => {
    const folder = "chart";
    await using project = await openWatched((root) => writePlugin(root, { ...saying("chart"), folder }));
    const { host, plugins, said } = project;
    const refused = said('Cannot use plugin "app": of "chart" there is only 1.0.0');
    await writePlugin(plugins, APP);
    await refused;
    const found = said('Found plugin "app"');
    await writePlugin(plugins, { ...saying("chart", { version: "2.0.0" }), folder });
    await found;
    expect(await say(host)).toBe("app 1.0.0 < chart 2.0.0");
  });

  test("gives way to the one that runs when the two exclude each other [OPS-13, OPS-49]", async () => {
    await using project = await openWatched((root) => writePlugin(root, saying("chart")));
    const { host, plugins, said } = project;
    const refused = said('Cannot use plugin "app"');
    await writePlugin(plugins, saying("app", { dependencies: 'conflicts = { chart = "*" }' }));
    await refused;
    expect(codes(host)).toEqual([["app", "DEPENDENCY_CONFLICT"]]);
    expect(host.plugins.has("chart")).toBe(true);
  });

  test("as another version of one that runs is told to wait for the next start [OPS-14]", async () => {
    await using project = await openWatched((root) => writePlugin(root, saying("chart")));
    const { host, plugins, said } = project;
    const told = said('Cannot use plugin "chart" 2.0.0 in');
    await writePlugin(plugins, saying("chart", { version: "2.0.0" }));
    await told;
    expect(host.plugins.troubles.map(({ error }) => error.message)).toEqual([
      `Cannot use plugin "chart" 2.0.0 in ${join(plugins, "chart-2.0.0")} yet: this host has 1.0.0, and which versions it has beside each other is decided when it starts; start it again`,
    ]);
  });
});
