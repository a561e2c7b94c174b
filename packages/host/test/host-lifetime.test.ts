import { existsSync } from "node:fs";
import { mkdtempDisposable, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { createTestHost, expectNoLeaks } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { createHost } from "../src/index.ts";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

const signal = (): AbortSignal => AbortSignal.timeout(20_000);
const temporaryFolder = () => mkdtempDisposable(join(tmpdir(), "berth-host-"));

/** Everything a plugin can leave open, in one. */
const BUSY = echoPlugin("busy", {
  manifest: '[permissions]\nservices = ["slow"]\n[permissions.events]\nsubscribe = ["x.>"]',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      provides: [defineSource("busy", { create: (_config, ctx) => ({
        fetch: async (call) => {
          await ctx.events.subscribe("x.>", () => undefined);
          ctx.log.info("busy");
          await ctx.store.set("runs", 1);
          await ctx.files.write("note.txt", "kept");
          return (await ctx.services.call("slow", "wait", null, call.signal)) as never;
        },
      }) })],
    });`,
});

describe("Host disposed", () => {
  test("leaves nothing behind: no timer, socket, child, file or waiting call", async () => {
    const clock = new ManualClock();
    const work = async (): Promise<void> => {
      const host = await createTestHost({ plugins: [BUSY, echoPlugin("tides")], clock });
      let isWaiting = false;
      host.services.registerService("slow", {
        wait: () => {
          isWaiting = true;
          return new Promise(() => undefined);
        },
      });
      const busy = host.instance({ contribution: "source/busy", instanceId: "b" });
      const pending = busy
        .method("fetch")([], aCall())
        .catch((error: unknown) => error);
      await until(() => isWaiting);
      await using tides = host.instance({ contribution: "source/tides", instanceId: "t" });
      await tides.method("fetch")([], aCall());
      const disposed = host[Symbol.asyncDispose]();
      // The pending call has its time to end, which it does not use.
      await until(() => clock.pendingTimers > 0);
      await clock.advance(60_000);
      await disposed;
      expect(await pending).toMatchObject({ code: "CALL_CANCELLED" });
      expect(existsSync(host.folder)).toBe(false);
    };
    // The first time loads code, which stays.
    await work();
    await expectNoLeaks(work, { clock });
  });

  test("may be disposed twice, and its instances after it", async () => {
    const host = await createTestHost({ plugins: [echoPlugin("tides")] });
    const instance = host.instance({ contribution: "source/tides", instanceId: "t" });
    await instance.open(signal());
    await host[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
    await instance[Symbol.asyncDispose]();
    await expect(instance.method("fetch")([], aCall())).rejects.toMatchObject({ code: "CALL_CANCELLED" });
  });

  test("closes an instance that is disposed while it opens, so that its id is free again", async () => {
    await using host = await createTestHost({ plugins: [echoPlugin("tides")] });
    const open = () => host.instance({ contribution: "source/tides", instanceId: "t" });
    const first = open();
    const opening = first.open(signal());
    await first[Symbol.asyncDispose]();
    await opening;
    await using second = open();
    expect(await second.method("fetch")([], aCall())).toMatchObject({ title: "t" });
  });

  test("lets calls that are under way end, before it stops their plugin", async () => {
    const clock = new ManualClock();
    const host = await createTestHost({ plugins: [BUSY], clock });
    const waiting = Promise.withResolvers<null>();
    let called = false;
    host.services.registerService("slow", {
      wait: () => {
        called = true;
        return waiting.promise;
      },
    });
    const busy = host.instance({ contribution: "source/busy", instanceId: "b" });
    const pending = busy.method("fetch")([], aCall());
    await until(() => called);
    const disposed = host[Symbol.asyncDispose]();
    waiting.resolve(null);
    expect(await pending).toBe(null);
    await disposed;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("createHost that fails half-way", () => {
  test("with a database that is none: says so, leaves the file and closes what it had opened", async () => {
    await using folder = await temporaryFolder();
    const database = join(folder.path, "berth.sqlite");
    await writeFile(database, "this is not a database, but it is long enough to look like one".repeat(20));
    await expectNoLeaks(async () => {
      await expect(createHost({ roots: [], dataFolder: folder.path })).rejects.toMatchObject({
        code: "STORAGE_FAILED",
        message: expect.stringContaining(database),
      });
    });
    expect(await readdir(folder.path)).toEqual(["berth.sqlite"]);
  });

  test("with a data folder that cannot be one: names it", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "file");
    await writeFile(file, "");
    const making = createHost({ roots: [], dataFolder: join(file, "data") });
    await expect(making).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringMatching(/^Cannot make the data folder .*file\/data/),
    });
  });

  test("because it is given up while it looks for plugins: closes the database", async () => {
    await using folder = await temporaryFolder();
    const roots = [{ kind: "folder", path: folder.path, trust: "first-party" } as const];
    await expectNoLeaks(async () => {
      const making = createHost({ roots, dataFolder: folder.path, signal: AbortSignal.abort(new Error("no more")) });
      await expect(making).rejects.toThrow("no more");
    });
    // SQLite removes its log when the last connection is closed.
    expect(await readdir(folder.path)).toEqual(["berth.sqlite"]);
  });
});

describe("two hosts in one process", () => {
  test("share nothing: plugins, services, secrets, clocks and data are each one's own", async () => {
    const [morning, evening] = [new ManualClock(Date.UTC(2026, 0, 1, 8)), new ManualClock(Date.UTC(2026, 0, 1, 20))];
    await using first = await createTestHost({ plugins: [echoPlugin("tides")], clock: morning });
    const second = await createTestHost({ plugins: [echoPlugin("tides"), echoPlugin("moon")], clock: evening });
    first.masker.register("only-the-first");
    first.services.registerService("own", { hello: async () => "first" });
    await first.storage.cache.put("key", "first", 0);
    second.log.info("only-the-first");
    expect(second.records.at(-1)).toMatchObject({ message: "only-the-first", time: evening.now() });
    expect(second.services.names()).not.toContain("own");
    expect(second.storage.cache.get("key")).toBeUndefined();
    expect(first.plugins.names("source")).toEqual(["tides"]);
    await using inFirst = first.instance({ contribution: "source/tides", instanceId: "same" });
    await using inSecond = second.instance({ contribution: "source/tides", instanceId: "same" });
    await Promise.all([inFirst.open(signal()), inSecond.open(signal())]);
    await second[Symbol.asyncDispose]();
    expect(await inFirst.method("fetch")([], aCall())).toMatchObject({ title: "same" });
    // The one that is left still shares its SDK with plugins that are loaded now.
    await first.plugins.get("tides").deactivate();
    await using again = first.instance({ contribution: "source/tides", instanceId: "again" });
    expect(await again.method("fetch")([], aCall())).toMatchObject({ title: "again" });
  });

  test("may work on one data folder at a time, and see what the other has kept", async () => {
    await using folder = await temporaryFolder();
    await using first = await createTestHost({ folder: folder.path });
    await using second = await createTestHost({ folder: folder.path });
    await first.storage.cache.put("key", "value", 1);
    expect(second.storage.cache.get("key")).toEqual({ value: "value", storedAt: 1 });
    const claims = await Promise.all([first, second].map((host) => host.storage.runs.claimSlot("job", 60_000)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });
});

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise((resolve) => setImmediate(resolve));
}
