import { execFileSync } from "node:child_process";
import { mkdtempDisposable, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { createTestHost, type MisbehavingConfig, type TestHost, writeMisbehaving } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall } from "./plugins-of-tests.ts";

const tags = ["slow"];
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

/** A process is held to it, and noticed all the same; a thread has no such limit. */
const CPU_PERCENT: Partial<Record<Tier, number>> = { worker: 100, process: 20 };

/** A host with a misbehaving plugin that is said to be unresponsive soon, and is ended after `killMs`. */
async function openHost(tier: Tier, killMs: number) {
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-watchdog-")));
  const manifest = `[limits]\nunresponsive_after_ms = 300\nkill_unresponsive_after_ms = ${killMs}\ncpu_percent = ${CPU_PERCENT[tier]}`;
  const plugin = await writeMisbehaving(join(path, "plugins"), { manifest });
  const supervision = { backoff_ms: 0, max_restarts: 1_000, period_ms: 1_000 };
  const host = opened.use(
    await createTestHost({
      folder: path,
      plugins: [plugin],
      config: {
        plugins: {
          misbehaving: { enabled: true, isolation: tier, accept_unenforced: ["limits.cpu_percent"], supervision },
        },
      },
    }),
  );
  const owned = opened.move();
  return { host, path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function call(host: TestHost, config: MisbehavingConfig, instanceId = "it"): Promise<unknown> {
  const instance = host.instance({ contribution: "source/misbehaving", instanceId, config });
  return instance
    .method("fetch")([], aCall({ signal: signal() }))
    .catch((error: unknown) => error);
}

/** Resolves with the data of the next event of that subject. */
function heard(host: TestHost, subject: string, isIt: (data: unknown) => boolean = () => true): Promise<unknown> {
  return new Promise((resolve) => {
    const hearing = host.events.subscribe({ owner: "test", pattern: subject }, ({ data }) => {
      if (!isIt(data)) return;
      hearing[Symbol.dispose]();
      resolve(data);
    });
  });
}

const healthOf = (host: TestHost) => host.plugins.get("misbehaving").health(signal());

describe.each(["worker", "process"] as const)("A plugin in tier %s whose event loop is blocked", { tags }, (tier) => {
  test.skipIf(tier === "process" && process.platform !== "linux")(
    "is said to be unresponsive, its health with it, and is ended at its limit; the next call finds it well",
    async () => {
      await using set = await openHost(tier, 2_000);
      const { host } = set;
      const silent = heard(host, "plugin.unresponsive");
      // One that is held to a share of a core is slowed as well.
      const isLast = (data: unknown): boolean => (data as { action: string }).action === "ended";
      const limit = heard(host, "plugin.limit", isLast);
      const looping = call(host, { fault: "loop" });
      expect(await silent).toMatchObject({ plugin: "misbehaving", generation: 1 });
      expect(await healthOf(host)).toEqual({
        health: "degraded",
        message: expect.stringMatching(/^its event loop has not answered for \d+ s$/) as unknown,
      });
      expect(await looping).toMatchObject({
        code: "PLUGIN_UNRESPONSIVE",
        message: expect.stringMatching(/^Plugin "misbehaving" was ended: it did not answer for [\d.]+ s$/) as unknown,
      });
      expect(await limit).toMatchObject({ limit: "kill_unresponsive_after_ms", allowed: 2_000, action: "ended" });
      expect(await call(host, {}, "other")).toMatchObject({ title: "Well behaved" });
      expect(await healthOf(host)).toMatchObject({ health: "healthy" });
      expect(host.records).toContainEqual(
        expect.objectContaining({
          level: "warn",
          message: expect.stringMatching(/^Plugin "misbehaving" has not answered for [\d.]+ s/) as unknown,
        }),
      );
    },
  );
});

describe("A plugin in a thread that cannot be ended", { tags }, () => {
  test.skipIf(process.platform === "win32")(
    "is marked stuck and gets no calls; another generation takes its place, and its end is told when it comes",
    async () => {
      await using set = await openHost("worker", 600);
      const { host, path } = set;
      const plugin = host.plugins.get("misbehaving");
      const fifo = join(path, "fifo");
      execFileSync("mkfifo", [fifo]);
      const [stuck, freed] = [heard(host, "plugin.stuck"), heard(host, "plugin.freed")];
      expect(await call(host, { fault: "block-in-read", path: fifo })).toMatchObject({ code: "PLUGIN_UNRESPONSIVE" });
      expect(await stuck).toMatchObject({ plugin: "misbehaving", generation: 1 });
      expect(plugin.stuck).toEqual([1]);
      expect(await call(host, {}, "other")).toMatchObject({ title: "Well behaved" });
      expect(plugin.generation?.number).toBeGreaterThan(1);
      // Somebody writes to the pipe at last.
      await (await open(fifo, "w")).close();
      expect(await freed).toMatchObject({ plugin: "misbehaving", generation: 1 });
      expect(plugin.stuck).toEqual([]);
    },
  );

  test("is told from one that is only slow: it answers again, and stays", async () => {
    await using set = await openHost("worker", 60_000);
    const { host, path } = set;
    const fifo = join(path, "fifo");
    execFileSync("mkfifo", [fifo]);
    const [silent, back] = [heard(host, "plugin.unresponsive"), heard(host, "plugin.responsive")];
    const reading = call(host, { fault: "block-in-read", path: fifo });
    await silent;
    await (await open(fifo, "w")).close();
    expect(await back).toMatchObject({ plugin: "misbehaving", generation: 1 });
    await reading;
    expect(host.plugins.get("misbehaving").generation?.number).toBe(1);
    expect(await healthOf(host)).toMatchObject({ health: "healthy" });
  });
});
