import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "@berth/base";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ExecutorRequest, ExecutorResult } from "../../executor.ts";
import { SpawnExecutor } from "../../spawn-executor.ts";
import { KeptExecutor } from "../kept-executor.ts";
import { findStarter } from "./find-starter.ts";
import { StarterHelper } from "./starter-helper.ts";
import { isRunning } from "../../../../test/is-running.ts";

class Told extends SpawnExecutor {
  runs = 0;
  override run(...given: Parameters<SpawnExecutor["run"]>): Promise<ExecutorResult> {
    this.runs++;
    return super.run(...given);
  }
}

const STARTER = findStarter() ?? "not built";

function open(program = STARTER) {
  const other = new Told(systemClock);
  const helper = (): Promise<StarterHelper> => StarterHelper.open({ clock: systemClock, program });
  const executor = new KeptExecutor({ clock: systemClock, open: helper, otherwise: () => other });
  const run = async (request: Pick<ExecutorRequest, "command" | "args"> & Partial<ExecutorRequest>) => {
    let out = "";
    const take = (bytes: Uint8Array): void => void (out += Buffer.from(bytes).toString());
    const sink = { stdout: take, stderr: take };
    const result = await executor.run({ graceMs: 10_000, ...request }, sink, new AbortController().signal);
    return { ...result, out };
  };
  const sh = (script: string) => run({ command: "sh", args: ["-c", script] });
  onTestFinished(() => executor[Symbol.asyncDispose]());
  return { executor, other, run, sh };
}

// A system without a C compiler has no starter; `npm test` installs one where it may, and prints what is skipped.
describe.skipIf(STARTER === "not built")("the starter", () => {
  test("gives each run a session and a group of its own, and signals and scheduling as they are by default", async () => {
    const { run, sh } = open();
    const [pid, ids] = (await sh("echo $$; cut -d ' ' -f 5,6 /proc/$$/stat")).out.split("\n");
    expect(ids).toBe(`${pid} ${pid}`);
    // Not by a shell, which blocks signals for a moment while it starts something.
    const { out } = await run({ command: "grep", args: ["-E", "^Sig(Blk|Ign)", "/proc/self/status"] });
    const none = "0".repeat(16);
    expect(out).toBe(`SigBlk:\t${none}\nSigIgn:\t${none}\n`);
    const policyOf = (stat: string): string => stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38]!;
    const { out: stat } = await run({ command: "cat", args: ["/proc/self/stat"] });
    expect(policyOf(stat)).toBe(policyOf(readFileSync("/proc/self/stat", "latin1")));
  });

  test("tells every signal by its name, and survives a command that kills its group", async () => {
    const { sh, other } = open();
    const told = [];
    for (const name of ["INT", "PIPE", "ABRT", "RTMIN"]) told.push((await sh(`kill -${name} $$`)).signal);
    expect(told).toEqual(["SIGINT", "SIGPIPE", "SIGABRT", "SIG34"]);
    expect([(await sh("kill -9 0")).signal, (await sh("echo on")).out, other.runs]).toEqual(["SIGKILL", "on\n", 0]);
  });

  test("runs a script that names no shell, and finds a program that has moved", async () => {
    const { run } = open();
    const folder = mkdtempSync(join(tmpdir(), "rpr-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const env = { PATH: `${folder}/a:${folder}/b:${process.env["PATH"]}` };
    const write = (name: string): void =>
      writeFileSync(join(folder, name), `echo "${name} $1"`, { mode: 0o700, flush: true });
    const script = { command: "tool", args: ["x y"], env };
    expect((await run(script)).exitCode).toBe(127);
    for (const name of ["a", "b"]) mkdirSync(join(folder, name));
    write("a/tool");
    expect((await run(script)).out).toBe("a/tool x y\n");
    rmSync(join(folder, "a/tool"));
    write("b/tool");
    expect((await run(script)).out).toBe("b/tool x y\n");
    rmSync(join(folder, "b/tool"));
    expect(await run(script)).toMatchObject({
      exitCode: 127,
      out: "rpr: cannot run tool: no folder of PATH holds a program of this name\n",
    });
  });

  test("says what the system says of a command that is too long, and goes on", async () => {
    const { run, sh, other } = open();
    for (const bytes of [200_000, 17_000_000]) {
      await expect(run({ command: "true", args: ["x".repeat(bytes)] })).rejects.toMatchObject({
        code: "EXECUTION_FAILED",
        message: "Cannot run true: argument list too long",
      });
    }
    expect([(await sh("echo on")).out, other.runs]).toEqual(["on\n", 0]);
  });

  test("tells a run as failed when it dies under it, which ends the command; the next has a new one", async () => {
    const { sh, other } = open();
    const first = (await sh("echo $PPID")).out;
    const pids = join(mkdtempSync(join(tmpdir(), "rpr-test-")), "pid");
    onTestFinished(() => rmSync(dirname(pids), { recursive: true }));
    await expect(sh(`echo $$ >${pids}; kill -9 $PPID; sleep 1000`)).rejects.toMatchObject({
      code: "EXECUTION_FAILED",
      message: `The helper that starts commands (${STARTER}) is gone: SIGKILL`,
    });
    while (isRunning(readFileSync(pids, "utf8").trim())) await new Promise(setImmediate);
    const second = (await sh("echo $PPID")).out;
    expect([second === first, (await sh("echo $PPID")).out === second, other.runs]).toEqual([false, true, 0]);
  });

  test("leaves commands to the other way where it cannot run", async () => {
    for (const program of ["/nowhere/starter", "/bin/true", "/bin/cat"]) {
      const { sh, other } = open(program);
      expect([program, (await sh("echo a")).out, other.runs]).toEqual([program, "a\n", 1]);
    }
  });

  test("keeps no descriptor, process or file of its runs", async () => {
    const { executor, sh, other } = open();
    const [pipe, parent] = (await sh("readlink /proc/self/fd/1; echo $PPID")).out.trim().split("\n");
    await Promise.all(Array.from({ length: 20 }, () => sh("true")));
    const count = (): number => readdirSync("/proc/self/fd").length;
    const ofStarter = (): number => readdirSync(`/proc/${parent}/fd`).length;
    const before = [count(), ofStarter()];
    for (let run = 0; run < 200; run++) await sh("sleep 0.001 &");
    await Promise.all(Array.from({ length: 20 }, () => sh("true")));
    expect(existsSync(pipe!)).toBe(true);
    expect(count()).toBeLessThanOrEqual(before[0]! + 32);
    expect([ofStarter(), other.runs]).toEqual([before[1], 0]);
    await executor[Symbol.asyncDispose]();
    expect([existsSync(dirname(pipe!)), isRunning(parent!)]).toEqual([false, false]);
  });

  test("leaves nothing behind when its host is killed [RPT-7]", async () => {
    const host = spawn(process.execPath, [new URL("host.child.ts", import.meta.url).pathname, STARTER], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void host.kill("SIGKILL"));
    const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
    const left = String((await lines.next()).value);
    const pids = [left, ...String((await lines.next()).value).split(" ")];
    const folder = dirname(String((await lines.next()).value));
    expect(pids.map(isRunning)).toEqual([true, true, true, true]);
    const watcher = watch(tmpdir());
    onTestFinished(() => watcher.close());
    host.kill("SIGKILL");
    while (existsSync(folder)) await once(watcher, "change");
    while (pids.some(isRunning)) await new Promise(setImmediate);
    expect(pids.map(isRunning)).toEqual([false, false, false, false]);
  });
});
