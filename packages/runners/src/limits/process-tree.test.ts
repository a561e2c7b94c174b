import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ProcReader } from "./proc-reader.ts";
import { ProcessProbe } from "./process-probe.ts";
import { ProcessTree } from "./process-tree.ts";
import { statOf } from "./test/processes.ts";
import { type BlankNode, spawnNode } from "./test/spawn-node.ts";

const reader = new ProcReader();
const run = promisify(execFile);
/** For what others do: far longer than it takes, since the machine may be busy. */
const SOON = { timeout: 20_000, interval: 5 };

async function blank(code: string): Promise<BlankNode> {
  const node = await spawnNode(code);
  onTestFinished(() => node[Symbol.asyncDispose]());
  return node;
}

function treeOf(node: BlankNode, mostMembers = 100): ProcessTree {
  const tree = new ProcessTree(reader, { rootPid: node.pid, startTicks: statOf(node.pid)!.startTicks, mostMembers });
  onTestFinished(() => tree[Symbol.dispose]());
  return tree;
}

/** Three sleeps that end by themselves soon, whatever happens to the test. */
const SLEEPERS = `const { spawn } = require("child_process"); for (let i = 0; i < 3; i++) spawn("sleep", ["30"]);`;

describe("ProcessTree", () => {
  test("finds the programs that were started, and counts what it costs to run them", async () => {
    const node = await blank(
      `require("child_process").execFileSync("sh", ["-c", "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done"]); ${SLEEPERS}`,
    );
    const tree = treeOf(node);
    expect(tree.look()).toMatchObject({ processes: 1, cpuMs: 0 });
    let cpuMs = 0;
    node.go();
    await vi.waitUntil(() => {
      tree.discover();
      const figures = tree.look()!;
      cpuMs += figures.cpuMs;
      return figures.processes === 4;
    }, SOON);
    // The loop ran in a process that has ended; nobody may have seen it.
    expect(cpuMs).toBeGreaterThan(30);
    expect(tree.look()).toMatchObject({ processes: 4 });
  });

  test("stops all of it, continues all of it, and ends all of it", async () => {
    const node = await blank(`${SLEEPERS} for (;;);`);
    const tree = treeOf(node);
    node.go();
    await vi.waitUntil(() => tree.discover() === 4, SOON);
    await vi.waitUntil(() => tree.look()!.cpuMs > 0, SOON);
    const pids = [node.pid, ...tree.pids.filter((pid) => pid !== node.pid)];
    tree.stop();
    await vi.waitUntil(() => pids.every((pid) => statOf(pid)?.isStopped), SOON);
    expect(tree.look()).toMatchObject({ isRunningAnyway: false });
    tree.resume();
    await vi.waitUntil(() => pids.every((pid) => statOf(pid)?.isStopped === false), SOON);
    expect(tree.look()).toMatchObject({ isRunningAnyway: true });
    tree.kill();
    expect(await node.ended).toBe("SIGKILL");
    await vi.waitUntil(() => pids.every((pid) => statOf(pid) === undefined), SOON);
    expect(tree.look()).toBeUndefined();
  });

  test("does not wake a launcher that only waits", async () => {
    const node = await spawnNode("for (;;);", { prefix: ["sh", "-c", '"$@"; true', "sh"] });
    const tree = treeOf(node);
    onTestFinished(async () => {
      tree.kill();
      await node.ended;
    });
    node.go();
    await vi.waitUntil(() => tree.look()!.cpuMs > 0, SOON);
    tree.stop();
    const [launcher, runtime] = tree.pids as [number, number];
    expect(launcher).toBe(node.pid);
    await vi.waitUntil(() => statOf(runtime)?.isStopped, SOON);
    expect(statOf(launcher)?.isStopped).toBe(false);
    expect(tree.look()).toMatchObject({ processes: 2, isRunningAnyway: false });
  });

  test("keeps a process whose parent has ended", async () => {
    const node = await blank(
      `const child = require("child_process").spawn("sh", ["-c", "sleep 30 & echo $!; read line"], { stdio: "pipe" });
       child.stdout.once("data", (pid) => console.log(String(pid)));
       process.stdin.on("data", () => child.kill("SIGKILL"));`,
    );
    const tree = treeOf(node);
    const line = new Promise<number>(
      (resolve) => void node.child.stdout!.once("data", (data) => resolve(Number(data))),
    );
    node.go();
    const orphan = await line;
    onTestFinished(() => void (statOf(orphan) && process.kill(orphan, "SIGKILL")));
    await vi.waitUntil(() => tree.discover() === 3, SOON);
    node.child.stdin!.write("end\n");
    await vi.waitUntil(() => statOf(orphan)?.parent !== undefined && tree.look()!.processes === 2, SOON);
    expect(tree.pids).toContain(orphan);
    tree.kill();
    await vi.waitUntil(() => statOf(orphan) === undefined, SOON);
  });

  test("counts no more members than are enough", async () => {
    const node = await blank(SLEEPERS);
    const tree = treeOf(node, 2);
    node.go();
    await vi.waitUntil(() => tree.discover() === 2, SOON);
    expect(tree.discover()).toBe(2);
  });

  test("does not watch another process of the same pid", async () => {
    const node = await blank("");
    const tree = new ProcessTree(reader, { rootPid: node.pid, startTicks: 1, mostMembers: 9 });
    expect(tree.look()).toBeUndefined();
    tree.kill();
    expect(statOf(node.pid)).toBeDefined();
  });
});

describe("ProcessProbe", () => {
  test("reads memory that is the process's own, without files it maps", async () => {
    const node = await blank("globalThis.kept = Buffer.alloc(64 << 20, 1); console.log('done')");
    using probe = ProcessProbe.open(reader, node.pid)!;
    const before = probe.ownedBytes();
    const done = new Promise((resolve) => void node.child.stdout!.once("data", resolve));
    node.go();
    await done;
    const grownMb = (probe.ownedBytes() - before) / 2 ** 20;
    expect(before / 2 ** 20).toBeLessThan(30);
    expect(grownMb).toBeGreaterThan(60);
    expect(grownMb).toBeLessThan(75);
  });

  test("signals nobody once the process is gone", async () => {
    const node = await blank("");
    using probe = ProcessProbe.open(reader, node.pid)!;
    node.child.kill("SIGKILL");
    await node.ended;
    await vi.waitUntil(() => probe.stat() === undefined, SOON);
    expect(probe.signal("SIGKILL")).toBe(false);
  });

  test("signals nobody when another process got the pid [RPT-143]", { tags: ["slow"] }, async (context) => {
    // A namespace of its own, in which the next pid can be chosen.
    const unshare = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"];
    const child = [process.execPath, new URL("test/reuse-pid.child.ts", import.meta.url).pathname];
    const { stdout } = await run("unshare", [...unshare, ...child]).catch((error: Error) => ({
      stdout: `cannot: ${error.message}`,
    }));
    if (stdout.startsWith("cannot")) context.skip(`pids cannot be chosen here (${stdout.trim()})`);
    expect(JSON.parse(stdout)).toEqual({ samePid: true, wasSignalled: false, isAlive: true });
  });
});
