import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, onTestFinished, test, type TestContext, vi } from "vitest";
import { setCpu, setMemory, setProcesses } from "./cgroup-settings.ts";
import { findHierarchies } from "./cgroup-hierarchies.ts";
import type { Cgroup, CgroupLimits, Cgroups } from "./cgroups.ts";
import { openCgroups, probeCgroups } from "./open-cgroups.ts";
import { statOf } from "./test/processes.ts";
import { type BlankNode, spawnNode } from "./test/spawn-node.ts";

const run = promisify(execFile);
/** For what others do: far longer than it takes, since the machine may be busy. */
const SOON = { timeout: 20_000, interval: 5 };

/** Control groups of this machine; the test is skipped where there are none. */
async function open(context: TestContext): Promise<Cgroups> {
  const { cgroups, reports } = await probeCgroups();
  if (!cgroups) context.skip(`no control group can be made here (${reports.map(({ detail }) => detail).join("; ")})`);
  onTestFinished(() => cgroups[Symbol.asyncDispose]());
  return cgroups;
}

async function blank(code = ""): Promise<BlankNode> {
  const node = await spawnNode(code);
  onTestFinished(() => node[Symbol.asyncDispose]());
  return node;
}

function groupsLeft(name: string): string[] {
  return findHierarchies().flatMap(({ folder }) => readdirSync(folder).filter((each) => each.includes(name)));
}

function value(group: Cgroup, controller: "cpu" | "memory" | "pids", file: string): string {
  return readFileSync(join(group.files[controller]!.folder, file), "latin1").trim();
}

describe("control groups", () => {
  let context: TestContext;
  let cgroups: Cgroups;

  beforeEach(async (current) => {
    context = current;
    cgroups = await open(context);
  });

  /** A group with what can be limited here of `limits`. */
  async function create(name: string, limits: CgroupLimits): Promise<Cgroup> {
    const held = Object.entries(limits).filter(([limit]) => cgroups.holds.has(limit as keyof CgroupLimits));
    const group = await cgroups.create(name, Object.fromEntries(held));
    onTestFinished(() => group.dispose());
    return group;
  }

  test("of two hosts in one process are apart, whatever their plugins are called", async () => {
    const first = await create("same", {});
    const child = await blank();
    await first.join(child.pid);
    const others = await open(context);
    const second = await others.create("same", {});
    onTestFinished(() => second.dispose());
    expect(second.name).not.toBe(first.name);
    await second.dispose();
    expect(statOf(child.pid)).toBeDefined();
  });

  function needs(limit: keyof CgroupLimits): void {
    if (!cgroups.holds.has(limit)) context.skip(`no controller for ${limit} here`);
  }

  test("hold processes that are put in from outside, and those they start", async () => {
    const group = await create("joined", { processes: 10 });
    const node = await blank(`require("child_process").spawn("sleep", ["30"]); console.log("started")`);
    await group.join(node.pid);
    const started = new Promise((resolve) => void node.child.stdout!.once("data", resolve));
    node.go();
    await started;
    for (const file of group.procsFiles) expect(readFileSync(file, "latin1").trim().split("\n")).toHaveLength(2);
    await group.dispose();
    expect(await node.ended).toBe("SIGKILL");
    expect(groupsLeft(group.name)).toEqual([]);
  });

  test("hold a process that puts itself in before it becomes the program", async () => {
    const group = await create("shell", {});
    const { stdout } = await run("sh", ["-c", group.joinCommand, "sh", "cat", "/proc/self/cgroup"]);
    expect(stdout).toContain(`/${group.name}\n`);
  });

  test("take a share of CPU later, when the plugin is ready [OPS-52, BWK-9]", async () => {
    needs("cpuPercent");
    const group = await create("late", {});
    const file = group.files.cpu!.version === 1 ? "cpu.cfs_quota_us" : "cpu.max";
    group.setCpu(10);
    expect(value(group, "cpu", file)).toMatch(/^10000( 100000)?$/);
    group.setCpu(undefined);
    expect(value(group, "cpu", file)).toMatch(/^(-1|max 100000)$/);
  });

  test("raise and lower the limit of memory, swap included", async () => {
    needs("memoryMb");
    const group = await create("resized", { memoryMb: 64 });
    const file = group.files.memory!.version === 1 ? "memory.limit_in_bytes" : "memory.max";
    const values = [32, 128, 64].map((memoryMb) => {
      group.setMemory(memoryMb);
      return Number(value(group, "memory", file)) / 2 ** 20;
    });
    expect(values).toEqual([32, 128, 64]);
  });

  test("end what goes past its memory, and tell [OPS-53, BWK-8]", async () => {
    needs("memoryMb");
    const group = await create("memory", { memoryMb: 64 });
    const node = await blank("const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));");
    await group.join(node.pid);
    node.go();
    expect(await node.ended).toBe("SIGKILL");
    expect(group.oomKills()).toBe(1);
    expect(group.memoryPeak()).toBeCloseTo(64, 0);
  });

  test("refuse processes without end, and count it", async () => {
    needs("processes");
    const group = await create("processes", { processes: 0 });
    // Bounded by itself too: a hundred, for half a minute.
    const node = await blank(`const { spawn } = require("child_process");
      for (let i = 0; i < 100; i++) spawn("sleep", ["30"]).on("error", () => {}); console.log("started")`);
    await group.join(node.pid);
    node.go();
    await vi.waitUntil(() => group.counters().processesRefused > 0, SOON);
    expect(readFileSync(group.procsFiles[0]!, "latin1").trim().split("\n").length).toBeLessThan(64);
  });

  test("are emptied at once, what stands still included", async () => {
    const group = await create("killed", {});
    const nodes = await Promise.all([blank(), blank("for (;;);")]);
    for (const node of nodes) await group.join(node.pid);
    nodes[0].child.kill("SIGSTOP");
    nodes[1].go();
    await group.kill();
    expect(await Promise.all(nodes.map(({ ended }) => ended))).toEqual(["SIGKILL", "SIGKILL"]);
  });

  test("leave nothing when they are disposed of together, or twice", async () => {
    const groups = [await create("one", {}), await create("one", {})];
    expect(groups[0]!.name).not.toBe(groups[1]!.name);
    await groups[0]!.dispose();
    await groups[0]!.dispose();
    await cgroups[Symbol.asyncDispose]();
    expect(groups.flatMap(({ name }) => groupsLeft(name))).toEqual([]);
  });

  test("say it when a process cannot be put in", async () => {
    const group = await create("nobody", {});
    const node = await blank();
    await node[Symbol.asyncDispose]();
    await expect(group.join(node.pid)).rejects.toMatchObject({ code: "TIER_UNAVAILABLE" });
  });

  test("that a killed host left are removed by the next, with what runs in them", async () => {
    const host = new URL("test/killed-host.child.ts", import.meta.url).pathname;
    const { stdout } = await run(process.execPath, [host]).catch((error: Error & { stdout: string }) => error);
    const { pid, name } = JSON.parse(stdout) as { pid: number; name: string };
    expect(groupsLeft(name)).not.toEqual([]);
    const mine = await create("alive", {});
    await vi.waitUntil(async () => {
      await using _next = await openCgroups();
      return groupsLeft(name).length === 0;
    }, SOON);
    expect(statOf(pid)).toBeUndefined();
    expect(mine.procsFiles.every((file) => existsSync(file))).toBe(true);
  });

  test("say which version holds", () => {
    expect(cgroups.mechanism).toMatch(/^cgroup v(1|2|1\+v2)$/);
  });
});

describe("probeCgroups", () => {
  test("finds none that are hidden", async () => {
    expect(await probeCgroups({ hidden: [1, 2] })).toEqual({
      cgroups: undefined,
      reports: [{ name: "control groups", works: false, detail: "none are mounted", fix: expect.any(String) }],
    });
  });

  test("tells an ordinary user what is missing, and how to get it", async (context) => {
    if (process.getuid?.() !== 0) context.skip("needs root to become somebody else");
    const code = `import { probeCgroups } from ${JSON.stringify(new URL("open-cgroups.ts", import.meta.url).pathname)};
      const { cgroups, reports } = await probeCgroups();
      console.log(JSON.stringify({ has: cgroups !== undefined, reports }));`;
    const user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    const { stdout } = await run("setpriv", [...user, process.execPath, "--input-type=module", "-e", code]).catch(
      (error: Error) => ({ stdout: error.message }),
    );
    if (!stdout.startsWith("{")) context.skip(`another user cannot run the sources here (${stdout.slice(0, 200)})`);
    const { has, reports } = JSON.parse(stdout) as { has: boolean; reports: { works: boolean; detail: string }[] };
    expect(has).toBe(false);
    expect(reports.length).toBeGreaterThan(0);
    for (const { works, detail } of reports)
      expect({ works, detail }).toEqual({ works: false, detail: expect.any(String) });
  });
});

describe("the files of version 2", () => {
  // No machine of ours has controllers on version 2; what is written there is shown on plain files.
  function folderWith(...names: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "berth-group-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of names) writeFileSync(join(folder, name), "");
    return folder;
  }

  test("get what the kernel's documentation asks for", () => {
    const names = ["memory.max", "memory.swap.max", "memory.oom.group", "cpu.max", "pids.max"];
    const folder = folderWith(...names);
    setMemory({ version: 2, folder }, 300);
    setCpu({ version: 2, folder }, 10);
    setProcesses({ version: 2, folder }, 2);
    expect(names.map((name) => readFileSync(join(folder, name), "latin1"))).toEqual([
      String(300 * 2 ** 20),
      "0",
      "1",
      "10000 100000",
      "96",
    ]);
  });

  test("that are missing are not made", () => {
    const folder = folderWith();
    expect(() => setMemory({ version: 2, folder }, 1)).toThrow("ENOENT");
    expect(readdirSync(folder)).toEqual([]);
  });
});
