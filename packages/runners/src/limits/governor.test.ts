import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LimitEvent } from "@berth/kernel/runner";
import { describe, expect, onTestFinished, test, type TestContext, vi } from "vitest";
import type { GovernedProcess, GovernedTarget, KilledReason } from "./governed.ts";
import { Governor } from "./governor.ts";
import { openCgroups } from "./open-cgroups.ts";
import { probeGovernor } from "./probe-governor.ts";
import { resolveLimits } from "./resolve-limits.ts";
import { processesNamed, statOf } from "./test/processes.ts";
import { type BlankNode, spawnNode } from "./test/spawn-node.ts";

const run = promisify(execFile);
/** For what others do: far longer than it takes, since the machine may be busy. */
const SOON = { timeout: 20_000, interval: 5 };
const SPIN = "for (;;);";

interface Governed {
  governor: Governor;
  node: BlankNode;
  governed: GovernedProcess;
  events: LimitEvent[];
  killed: Promise<KilledReason>;
}

/** A real process under a real governor. */
async function govern(
  code: string,
  limits: Parameters<typeof resolveLimits>[0],
  target: Partial<GovernedTarget> = {},
): Promise<Governed> {
  const governor = new Governor();
  onTestFinished(() => governor[Symbol.asyncDispose]());
  await governor.start();
  const node = await spawnNode(code, target.dataFolder === undefined ? {} : { workingFolder: target.dataFolder });
  onTestFinished(() => node[Symbol.asyncDispose]());
  const events: LimitEvent[] = [];
  const killed = Promise.withResolvers<KilledReason>();
  const governed = governor.watch({
    plugin: "weather",
    pid: node.pid,
    limits: resolveLimits({ cpu_percent: 6_400, ...limits }),
    onLimit: (event) => events.push(event),
    onKilled: killed.resolve,
    ...target,
  });
  return { governor, node, governed, events, killed: killed.promise };
}

describe("Governor", () => {
  test("slows a plugin that spins, and says that it is paused, not hung [OPS-52, OPS-58]", async () => {
    const { node, governed, events } = await govern(SPIN, { cpu_percent: 5 });
    node.go();
    await vi.waitUntil(() => governed.isPaused && statOf(node.pid)?.isStopped, SOON);
    await vi.waitUntil(() => !governed.isPaused, SOON);
    await vi.waitUntil(() => governed.isPaused, SOON);
    await vi.waitUntil(() => governed.usage.cpuMs > 0 && events.length > 0, SOON);
    expect(governed.pausedMs).toBeGreaterThan(0);
    expect(events).toEqual([{ limit: "cpu_percent", allowed: 5, used: expect.any(Number), action: "slowed" }]);
  });

  test("continues what it paused when it lets go, and stays silent about it from then on", async () => {
    const { node, governed, events } = await govern(SPIN, { cpu_percent: 1 });
    node.go();
    await vi.waitUntil(() => governed.isPaused, SOON);
    expect(await governed.release()).toBeUndefined();
    expect(await governed.release()).toBeUndefined();
    expect(statOf(node.pid)?.isStopped).toBe(false);
    expect({ isPaused: governed.isPaused, events: events.length }).toEqual({ isPaused: false, events: 1 });
  });

  test("continues what it paused when it is disposed of, and leaves no thread", async () => {
    const { governor, node, governed } = await govern(SPIN, { cpu_percent: 1 });
    node.go();
    await vi.waitUntil(() => governed.isPaused, SOON);
    await governor[Symbol.asyncDispose]();
    expect(statOf(node.pid)?.isStopped).toBe(false);
    expect(await governed.release()).toBeUndefined();
    expect(process.getActiveResourcesInfo().filter((name) => name === "MessagePort")).toEqual([]);
  });

  test("continues what it paused when the host exits without a word", async () => {
    const host = new URL("test/exiting-host.child.ts", import.meta.url).pathname;
    const { stdout } = await run(process.execPath, [host]);
    const pid = Number(stdout);
    onTestFinished(() => void (statOf(pid) && process.kill(pid, "SIGKILL")));
    expect(pid).toBeGreaterThan(0);
    await vi.waitUntil(() => statOf(pid)?.isStopped !== true, SOON);
  });

  test("ends a plugin that takes too much memory, once, with the figure [OPS-53, BWK-8, RPT-143]", async () => {
    const code = "const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));";
    const { node, governed, events, killed } = await govern(code, { memory_mb: 128 });
    node.go();
    const reason = await killed;
    expect(await node.ended).toBe("SIGKILL");
    expect(reason.message).toMatch(/^it used \d+ MiB of memory, where 128 are allowed$/);
    expect(events).toEqual([{ limit: "memory_mb", allowed: 128, used: expect.any(Number), action: "ended" }]);
    expect(await governed.release()).toEqual(reason);
  });

  test("ends a plugin that starts programs it may not, and all of them [OPS-20]", async () => {
    const marker = `berth-sleep-${process.pid}`;
    // Bounded, whatever happens to the governor: fifty sleeps of half a minute.
    const code = `const { spawn } = require("child_process");
      for (let i = 0; i < 50; i++) spawn("sh", ["-c", "sleep 30; : ${marker}"], { detached: true });`;
    const { node, killed } = await govern(code, { processes: 5 });
    node.go();
    expect((await killed).event).toMatchObject({ limit: "processes", allowed: 5, action: "ended" });
    expect(await node.ended).toBe("SIGKILL");
    await vi.waitUntil(() => processesNamed(marker).length === 0, SOON);
  });

  test("ends a plugin whose files outgrow its folder, those without a name included", async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "berth-data-"));
    onTestFinished(() => rmSync(dataFolder, { recursive: true }));
    const code = `const fs = require("fs"); const file = fs.openSync("hidden", "w"); fs.unlinkSync("hidden");
      for (let i = 0; i < 64; i++) fs.writeSync(file, Buffer.alloc(1 << 20)); setInterval(() => {}, 1000);`;
    const { node, killed } = await govern(code, { disk_mb: 8, disk_io_mb_per_sec: 1_000 }, { dataFolder });
    node.go();
    expect((await killed).event).toMatchObject({ limit: "disk_mb", allowed: 8, action: "ended" });
  });

  test("fails closed: what it can no longer govern is ended", async () => {
    const { node, governed, killed } = await govern("", {}, { limits: undefined as never });
    expect(await node.ended).toBe("SIGKILL");
    const reason = await killed;
    expect(reason.message).toMatch(/^the governor failed: /);
    expect(await governed.release()).toEqual(reason);
  });

  test("governs on after a failure, with a new thread", async () => {
    const { governor, killed } = await govern("", {}, { limits: undefined as never });
    await killed;
    await using node = await spawnNode(SPIN);
    const options = { plugin: "news", pid: node.pid, limits: resolveLimits({ cpu_percent: 1 }) };
    const governed = governor.watch({ ...options, onLimit: () => {}, onKilled: () => {} });
    node.go();
    await vi.waitUntil(() => governed.isPaused, SOON);
    expect(await governed.release()).toBeUndefined();
  });

  test("holds also while the host's own loop is busy", async () => {
    const { node, governed } = await govern(SPIN, { cpu_percent: 5 });
    node.go();
    await vi.waitUntil(() => governed.isPaused, SOON);
    const before = { cpuMs: statOf(node.pid)!.ownCpuMs, atMs: performance.now() };
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
    const share = (statOf(node.pid)!.ownCpuMs - before.cpuMs) / (performance.now() - before.atMs);
    expect(share).toBeLessThan(0.1);
  });

  test("refuses to watch a process that has ended", async () => {
    const { governor, node } = await govern("", {});
    await node[Symbol.asyncDispose]();
    const target = {
      plugin: "weather",
      pid: node.pid,
      limits: resolveLimits({}),
      onLimit: () => {},
      onKilled: () => {},
    };
    expect(() => governor.watch(target)).toThrow(expect.objectContaining({ code: "PLUGIN_FAILED" }));
  });

  test("does not keep a host alive that has nothing else to do", async () => {
    const code = `import { Governor } from ${JSON.stringify(new URL("index.ts", import.meta.url).pathname)};
      await new Governor().start(); console.log("started");`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code]);
    expect(stdout).toBe("started\n");
  });

  test("works for an ordinary user, who may do nothing but start processes [FLX-36]", async (context) => {
    if (process.getuid?.() !== 0) context.skip("the tests run as an ordinary user already");
    const host = new URL("test/exiting-host.child.ts", import.meta.url).pathname;
    const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", process.execPath, host];
    const { stdout } = await run("setpriv", asNobody).catch((error: Error) => ({ stdout: error.message }));
    if (!/^\d+$/.test(stdout.trim())) context.skip(`another user cannot run the sources here (${stdout.trim()})`);
    const pid = Number(stdout);
    onTestFinished(() => void (statOf(pid) && process.kill(pid, "SIGKILL")));
    // It was printed when the governor had paused it.
    await vi.waitUntil(() => statOf(pid)?.isStopped !== true, SOON);
    expect(pid).toBeGreaterThan(0);
  });
});

describe("Beside a control group", () => {
  async function inGroup(
    code: string,
    limits: { memory_mb?: number; cpu_percent?: number },
    context: TestContext,
  ): Promise<Governed> {
    const cgroups = await openCgroups();
    if (!cgroups) context.skip("no control group can be made here");
    onTestFinished(() => cgroups[Symbol.asyncDispose]());
    const cgroup = await cgroups.create("beside", limits.memory_mb === undefined ? {} : { memoryMb: limits.memory_mb });
    const governed = await govern(code, limits, { cgroup });
    await cgroup.join(governed.node.pid);
    governed.governed.started();
    return governed;
  }

  test("tells that the kernel ended a plugin for its memory, once [OPS-53, BWK-8]", async (context) => {
    const code = "const kept = []; for (let i = 0; i < 500; i++) kept.push(Buffer.alloc(1 << 20, 1));";
    const { node, governed, events } = await inGroup(code, { memory_mb: 64 }, context);
    node.go();
    expect(await node.ended).toBe("SIGKILL");
    const reason = await governed.release();
    expect(reason?.message).toMatch(/^it used 6\d MiB of memory, where 64 are allowed$/);
    expect(events).toEqual([{ limit: "memory_mb", allowed: 64, used: expect.any(Number), action: "ended" }]);
  });

  test("tells that the kernel held a plugin back, once, and with what it wanted [OPS-52]", async (context) => {
    const { node, governed, events } = await inGroup(SPIN, { cpu_percent: 10 }, context);
    node.go();
    await vi.waitUntil(() => events.length > 0, SOON);
    expect(events).toEqual([{ limit: "cpu_percent", allowed: 10, used: expect.any(Number), action: "slowed" }]);
    expect(events[0]!.used).toBeGreaterThan(20);
    expect(governed.isPaused).toBe(false);
  });
});

test("probeGovernor finds out by stopping a process", async () => {
  expect(await probeGovernor()).toMatchObject({ name: "governor", works: true });
});

test("A process that exits by itself is forgotten", async () => {
  const { node, governed } = await govern("process.exit(3)", {});
  node.go();
  expect(await node.ended).toBe("3");
  expect(await governed.release()).toBeUndefined();
});
