import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "@berth/base";
import { expect, onTestFinished, test } from "vitest";
import type { ExecutorResult } from "../../executor.ts";
import { SpawnExecutor } from "../../spawn-executor.ts";
import { openKeptShell } from "./kept-shell.ts";
import { isRunning } from "../../../../test/is-running.ts";

class Told extends SpawnExecutor {
  runs = 0;
  override run(...given: Parameters<SpawnExecutor["run"]>): Promise<ExecutorResult> {
    this.runs++;
    return super.run(...given);
  }
}

function open(shell = "/bin/sh") {
  const otherwise = new Told(systemClock);
  const executor = openKeptShell({ clock: systemClock, shell, otherwise: () => otherwise });
  const run = async (script: string): Promise<string> => {
    let text = "";
    const take = (bytes: Uint8Array): void => void (text += Buffer.from(bytes).toString());
    const request = { command: "sh", args: ["-c", script], graceMs: 10_000 };
    await executor.run(request, { stdout: take, stderr: take }, new AbortController().signal);
    return text;
  };
  onTestFinished(() => executor[Symbol.asyncDispose]());
  return { executor, otherwise, run };
}

test("a kept shell tells a run as failed when its helper dies under it, and goes on with a new helper [RPT-7]", async () => {
  const { run, otherwise } = open();
  const first = await run("echo $PPID");
  await expect(run("kill -9 $PPID; echo never >&2; sleep 1000")).rejects.toMatchObject({
    code: "EXECUTION_FAILED",
    message: "The helper that starts commands (/bin/sh) is gone: SIGKILL",
  });
  const second = await run("echo $PPID");
  expect(second).not.toBe(first);
  expect(await run("echo $PPID")).toBe(second);
  expect(otherwise.runs).toBe(0);
});

test("a kept shell survives a command that signals its own group", async () => {
  const { run } = open();
  const first = await run("echo $PPID");
  for (const signal of ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "TERM"]) await run(`kill -${signal} 0`);
  expect(await run("echo $PPID")).toBe(first);
});

test("a kept shell starts commands in Node's way where no helper can be kept [RPT-75]", async () => {
  const { run, otherwise } = open("/nowhere/sh");
  expect([await run("echo a"), await run("echo b"), otherwise.runs]).toEqual(["a\n", "b\n", 2]);
  const mute = open("/bin/true");
  expect([await mute.run("echo a"), mute.otherwise.runs]).toEqual(["a\n", 1]);
});

test("a kept shell leaves neither process nor file when it is disposed, be it at once", async () => {
  const { executor, run } = open();
  const [helper, pipe] = (await run("echo $PPID; readlink /proc/self/fd/1")).trim().split("\n");
  expect(existsSync(pipe!)).toBe(true);
  const [background] = (await run("sleep 1000 >/dev/null 2>&1 & echo $!")).split("\n");
  await executor[Symbol.asyncDispose]();
  expect([isRunning(helper!), isRunning(background!), existsSync(dirname(pipe!))]).toEqual([false, false, false]);
  const foldersOfRpr = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("rpr-helper-"));
  const before = foldersOfRpr();
  await open().executor[Symbol.asyncDispose]();
  expect(foldersOfRpr().filter((name) => !before.includes(name))).toEqual([]);
});

test("a kept shell leaves nothing behind when its host is killed [RPT-7]", async () => {
  const host = spawn(process.execPath, [new URL("host.child.ts", import.meta.url).pathname], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void host.kill("SIGKILL"));
  const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
  const [command, helper] = String((await lines.next()).value).split(" ");
  const folder = dirname(String((await lines.next()).value));
  const watcher = watch(tmpdir());
  onTestFinished(() => watcher.close());
  host.kill("SIGKILL");
  while (existsSync(folder)) await once(watcher, "change");
  // The guard kills right after it removed the folder; the kernel tells of the end of a process to nobody but its parent.
  while (isRunning(command!) || isRunning(helper!)) await new Promise(setImmediate);
  expect(existsSync(folder)).toBe(false);
});
