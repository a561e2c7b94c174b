import { existsSync } from "node:fs";
import { mkdir, mkdtempDisposable, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHost, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { counter, type CounterVersion, openCounter } from "./counter.ts";

const TIERS = ["inline", "worker", "process"] as const;

async function open(isolation: (typeof TIERS)[number]) {
  const host = await createTestHost({
    plugins: [counter()],
    keepsVersions: true,
    config: { plugins: { counter: { enabled: true, isolation, accept_unenforced: [] } } },
  });
  const save = (version: CounterVersion) => writePlugin(join(host.folder, "plugins"), counter(version));
  return { host, save };
}

describe.each(TIERS)("Reload in tier %s", (tier) => {
  test("a new version goes on with the state of the one before [FLX-16, FLX-22, FLX-23, OPS-46]", async () => {
    const { host, save } = await open(tier);
    await using _host = host;
    await using count = openCounter(host);
    expect(await count.next()).toBe("one 1");
    expect(await count.next()).toBe("one 2");
    await save({ label: "two", version: "1.1.0" });
    const report = await host.reloads.reload("counter");
    expect(report).toMatchObject({
      outcome: "reloaded",
      serving: { version: "1.1.0", generation: 2 },
      other: { version: "1.0.0", generation: 1 },
    });
    expect(await count.next()).toBe("two 3");
  });

  test("a version that cannot be loaded is refused, and the one before goes on [OPS-47, FLX-54]", async () => {
    const { host, save } = await open(tier);
    await using _host = host;
    await using count = openCounter(host);
    expect(await count.next()).toBe("one 1");
    await save({ label: "two", top: "throw new Error('not today');" });
    const report = await host.reloads.reload("counter");
    expect(report).toMatchObject({ outcome: "refused", failed: { step: "open" }, serving: { generation: 1 } });
    expect(report.failed?.error.message).toContain("not today");
    expect(await count.next()).toBe("one 2");
  });

  test("code, configuration and state go back together by command [BWK-84]", async () => {
    const { host, save } = await open(tier);
    await using _host = host;
    await using count = openCounter(host);
    expect(await count.next()).toBe("one 1");
    await save({ label: "two" });
    await host.reloads.reload("counter");
    expect([await count.next(), await count.next()]).toEqual(["two 2", "two 3"]);
    const report = await host.reloads.rollback("counter");
    expect(report).toMatchObject({ outcome: "reloaded" });
    expect(await count.next()).toBe("one 2");
    expect(await host.reloads.history("counter")).toMatchObject([
      { isCurrent: false, hasState: true },
      { isCurrent: true, hasState: true },
    ]);
  });
});

test("A version runs from a copy: what becomes of its folder meanwhile is nothing to it", async () => {
  const { host } = await open("worker");
  await using _host = host;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  const entry = join(host.folder, "plugins/counter/src/plugin.ts");
  await writeFile(entry, (await readFile(entry, "utf8")).slice(0, 40));
  expect(await count.next()).toBe("one 2");
});

test("A version that failed is not loaded again by the next host; the one before it is, until there is another [OPS-47]", async () => {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-reload-"));
  await using _folder = folder;
  const openHost = () =>
    createTestHost({
      roots: [{ kind: "folder", path: join(folder.path, "plugins"), trust: "first-party" }],
      folder: folder.path,
      keepsVersions: true,
      // Inline, two hosts of one process share their modules.
      config: { plugins: { counter: { enabled: true, isolation: "worker", accept_unenforced: [] } } },
    });
  const save = (version: CounterVersion) => writePlugin(join(folder.path, "plugins"), counter(version));
  await save({ label: "good" });
  {
    await using host = await openHost();
    await using count = openCounter(host);
    expect(await count.next()).toBe("good 1");
    await save({ label: "bad" });
    await host.reloads.reload("counter");
    expect(await count.next()).toBe("bad 2");
    await host.reloads.rollback("counter");
    expect(await count.next()).toBe("good 2");
  }
  {
    await using host = await openHost();
    await using count = openCounter(host);
    expect(await count.next()).toBe("good 1");
    expect(host.records.map(({ message }) => message).join("\n")).toContain("goes on with version 1.0.0");
  }
  await save({ label: "better" });
  await using host = await openHost();
  await using count = openCounter(host);
  expect(await count.next()).toBe("better 1");
});

test("A host that is disposed removes no copies any more when that is over", async () => {
  const SWEEP_EVERY = 50;
  await using temporary = await mkdtempDisposable(join(tmpdir(), "berth-reload-"));
  const { path: folder } = temporary;
  await using host = await createTestHost({ plugins: [counter()], folder, keepsVersions: true });
  await using count = openCounter(host);
  await count.next();
  const code = join(folder, ".berth/code");
  for (let made = 1; made < SWEEP_EVERY; made++) await host.reloads.reload("counter");
  const unneeded = Array.from({ length: 300 }, (_, nth) => join(code, nth.toString(16).padStart(64, "0")));
  await Promise.all(unneeded.map((path) => mkdir(path)));
  const disposed = Promise.withResolvers<void>();
  host.reloads.onDidReload(() => disposed.resolve(host[Symbol.asyncDispose]()));
  const last = host.reloads.reload("counter");
  await disposed.promise;
  expect(unneeded.filter((path) => existsSync(path))).toEqual([]);
  expect(await last).toMatchObject({ outcome: "reloaded" });
});

test("A plugin whose folder cannot be copied runs from it, and says that it cannot be replaced", async () => {
  const { host } = await open("worker");
  await using _host = host;
  await symlink("/etc", join(host.folder, "plugins/counter/elsewhere"));
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  const warning = host.records.find(({ message }) => message.includes("cannot be replaced"));
  expect(warning?.message).toContain("elsewhere is a link");
  expect(await host.reloads.reload("counter")).toMatchObject({ outcome: "refused", failed: { step: "read" } });
  expect(await count.next()).toBe("one 2");
});
