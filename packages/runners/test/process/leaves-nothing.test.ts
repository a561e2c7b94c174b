import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { FaultBench, never } from "./fault-bench.ts";

const HOST = join(import.meta.dirname, "doomed-host.child.ts");

/** What a runner could leave on the machine. */
function traces() {
  return {
    children: childrenOf(process.pid).length,
    groups: globSync("/sys/fs/cgroup/**/berth-*").filter((group) => group.includes(`-${process.pid}-`)).length,
    descriptors: readdirSync("/proc/self/fd").length,
    temporary: readdirSync(tmpdir()),
  };
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

// A folder for temporary files that nobody else uses at the same time.
const usual = process.env["TMPDIR"];
let own: string;
beforeAll(async () => {
  own = await mkdtemp(join(tmpdir(), "traces-"));
  await chmod(own, 0o777);
  process.env["TMPDIR"] = own;
});
afterAll(async () => {
  if (usual === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = usual;
  await rm(own, { recursive: true });
});

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readState(pid));

function readState(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return ") X ";
  }
}

describe.runIf(process.platform === "linux")("A runner leaves nothing behind", { tags: ["slow"] }, () => {
  test.each([
    ["namespaces", []],
    ["Landlock", ["bwrap"] as const],
    ["the rules of Node.js", ["bwrap", "landlock"] as const],
  ])("of plugins under %s: those that ran, those that crashed, those that never started", async (_title, hide) => {
    const before = traces();
    {
      await using bench = await FaultBench.open({ warm: 1, hide, minimumLevel: () => "runtime" });
      for (let round = 0; round < 3; round++) {
        const running = await bench.faulty();
        await running
          .ask("write", {
            path: join(
              (await running.ask<{ env: Record<string, string> }>("seen")).env["TMPDIR"] ?? tmpdir(),
              "berth-x",
            ),
            text: "",
          })
          .catch(() => undefined);
        const crashing = await bench.faulty({ name: "crashing" });
        await crashing.ask("exit", 1).catch(() => undefined);
        await crashing.channel.exited;
        await expect(bench.faulty({ name: "broken", code: "process.exit(2)" })).rejects.toThrow("exit code 2");
        await expect(bench.faulty({ name: "empty", code: "export default 1" })).rejects.toThrow();
        const given = AbortSignal.timeout(round * 20 + 1);
        // Wherever it was given up: perhaps it was open by then.
        const late = await bench.faulty({ name: "given-up", signal: given }).catch(() => undefined);
        await late?.channel[Symbol.asyncDispose]();
        if (round < 2) await running.channel[Symbol.asyncDispose]();
      }
      await bench.runner.warm(never);
    }
    expect(traces()).toEqual(before);
  });

  describe("when its host is killed outright", () => {
    let host: ChildProcess | undefined;
    afterEach(() => host?.kill("SIGKILL"));

    test.each([
      ["namespaces", []],
      ["Landlock", ["bwrap"]],
    ])("under %s", async (_title, hide) => {
      host = spawn(process.execPath, [HOST, JSON.stringify(hide)], { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = await firstLine(host);
      const pids = JSON.parse(line!) as number[];
      expect(pids.filter(isThere).length).toBeGreaterThanOrEqual(2);
      host.kill("SIGKILL");
      await vi.waitFor(() => expect(pids.filter(isThere)).toEqual([]), { timeout: 10_000, interval: 20 });
    });
  });
});

async function firstLine(host: ChildProcess): Promise<string[]> {
  for await (const line of createInterface(host.stdout!)) return [line];
  throw new Error("The host ended before it said anything");
}
