import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep, systemClock } from "@berth/base";
import * as fc from "fast-check";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import type { Executor, ExecutorRequest, ExecutorResult } from "./executor.ts";
import { KeptExecutor } from "./kept/kept-executor.ts";
import { openKeptShell } from "./kept/shell/kept-shell.ts";
import { findStarter } from "./kept/starter/find-starter.ts";
import { StarterHelper } from "./kept/starter/starter-helper.ts";
import { SpawnExecutor } from "./spawn-executor.ts";
import { isRunning } from "../../test/is-running.ts";

/** All ways of running a command are held to one list of cases; and the kept shell in every shell there is here. */
const SHELLS = ["/bin/sh", "/bin/dash", "/bin/bash", "/bin/busybox"].filter((shell) => existsSync(shell));

/** Busybox is what it is called. */
function called(shell: string): string {
  if (!shell.endsWith("busybox")) return shell;
  const path = join(folder(), "sh");
  symlinkSync(shell, path);
  return path;
}

class NoOtherWay extends SpawnExecutor {
  override run(): Promise<ExecutorResult> {
    return Promise.reject(new Error("the helper did not do it"));
  }
}

const STARTER = findStarter();

/** Of one program; none where it was not built, which the tests of the starter say. */
function keptStarter(program: string): Executor {
  const open = (): Promise<StarterHelper> => StarterHelper.open({ clock: systemClock, program });
  return new KeptExecutor({ clock: systemClock, open, otherwise: () => new NoOtherWay(systemClock) });
}

const EXECUTORS: [string, () => Executor][] = [
  ["SpawnExecutor", () => new SpawnExecutor(systemClock)],
  ...SHELLS.map((shell): [string, () => Executor] => [
    `a kept ${shell}`,
    () => openKeptShell({ clock: systemClock, shell: called(shell), otherwise: () => new NoOtherWay(systemClock) }),
  ]),
  ...(STARTER === undefined ? [] : [["a kept starter", () => keptStarter(STARTER)] as [string, () => Executor]]),
];

const opened: Executor[] = [];
afterEach(async () => {
  for (const executor of opened.splice(0)) await executor[Symbol.asyncDispose]();
});

describe.each(EXECUTORS)("%s", (_name, make) => {
  const open = (): Executor => {
    const executor = make();
    opened.push(executor);
    return executor;
  };

  test("keeps every byte of each stream, in order, as far as the first byte after the last [RPT-105, RPT-200]", async () => {
    const executor = open();
    for (let run = 0; run < 50; run++) {
      const { out, err, exitCode } = await sh(
        executor,
        `printf '  out ${run}\\0\\377'; printf 'err ${run}' >&2; exit ${run}`,
      );
      expect([out.toString("latin1"), err.toString(), exitCode]).toEqual([`  out ${run}\0\xff`, `err ${run}`, run]);
    }
  });

  test("takes 20 MiB in one line, and a mebibyte on each stream at once [RPT-74]", async () => {
    const executor = open();
    const line = await sh(executor, "head -c 20971520 /dev/zero; echo");
    expect([line.out.length, line.out.at(-1)]).toEqual([20_971_521, 10]);
    const both = await sh(executor, "head -c 1048576 /dev/zero & head -c 1048576 /dev/zero >&2; wait");
    expect([both.out.length, both.err.length]).toEqual([1_048_576, 1_048_576]);
  });

  test("holds a command back while its output is not taken [RPT-74]", async () => {
    let [waiting, most, bytes] = [0, 0, 0];
    const stdout = async (part: Uint8Array): Promise<void> => {
      most = Math.max(most, ++waiting);
      await new Promise(setImmediate);
      bytes += part.length;
      waiting--;
    };
    const request = { command: "head", args: ["-c", "5000000", "/dev/zero"], graceMs: 1_000 };
    const result = await open().run(request, { stdout, stderr: () => undefined }, never());
    expect({ most, bytes, exitCode: result.exitCode }).toEqual({ most: 1, bytes: 5_000_000, exitCode: 0 });
  });

  test("passes arguments as they are [RPT-73]", async () => {
    const executor = open();
    const hostile = [
      "",
      "-n",
      "--",
      "'",
      `a'b"c`,
      "$(id)",
      "`id`",
      "a\nb\n",
      "\\",
      "*",
      "~",
      "ü \u{1f600}",
      "x".repeat(100_000),
      "!",
      "#",
    ];
    const { out } = await run(executor, { command: "printf", args: ["%s\\0", ...hostile] });
    expect(out.toString()).toBe(hostile.map((arg) => `${arg}\0`).join(""));
    const anyArgument = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(anyArgument, { minLength: 1 }), async (args) => {
        const printed = await run(executor, { command: "printf", args: ["%s\\0", ...args] });
        expect(printed.out.toString()).toBe(args.map((arg) => `${arg}\0`).join(""));
      }),
      { numRuns: 30 },
    );
  });

  test("sets folder and variables for one run alone, however they are called", async () => {
    const executor = open();
    const env = { PLAIN: "it's\n$x", "ODD-1.a": "odd", IFS: "i", PATH: process.env["PATH"]! };
    const { out } = await run(executor, { command: "env", args: ["-0"], env, cwd: "/usr" });
    const set = out.toString().split("\0");
    expect(set).toEqual(expect.arrayContaining(["PLAIN=it's\n$x", "ODD-1.a=odd", "IFS=i"]));
    expect((await sh(executor, "pwd", { cwd: "/usr" })).out.toString()).toBe("/usr\n");
    expect((await sh(executor, 'pwd; echo "$PLAIN"')).out.toString()).toBe(`${process.cwd()}\n\n`);
  });

  test("gives an empty standard input, and no other descriptor [RPT-73]", async () => {
    const script = "cat; ls /proc/self/fd | sort -n";
    const { out } = await sh(open(), script);
    // What this process inherited itself is passed on by everybody.
    expect(out.toString()).toBe(execFileSync("sh", ["-c", script], { input: "", encoding: "utf8" }));
  });

  test("tells exit codes from signals [RPT-105]", async () => {
    const executor = open();
    const ends = ["exit 0", "exit 77", "exit 137", "exit 143", "kill -TERM $$", "kill -KILL $$", "kill -SEGV $$"];
    const told = [];
    for (const end of ends) {
      const { exitCode, signal } = await sh(executor, end);
      told.push(exitCode ?? signal);
    }
    expect(told).toEqual([0, 77, 137, 143, "SIGTERM", "SIGKILL", "SIGSEGV"]);
  });

  test("ends with 127 for a program that is not there and 126 for one that may not run, and says which", async () => {
    const executor = open();
    const missing = await run(executor, { command: "no-such-program", args: [] });
    expect([missing.exitCode, missing.err.toString()]).toEqual([
      127,
      "rpr: cannot run no-such-program: no folder of PATH holds a program of this name\n",
    ]);
    const file = join(folder(), "plain");
    writeFileSync(file, "");
    expect((await run(executor, { command: file, args: [] })).exitCode).toBe(126);
    expect((await run(executor, { command: `${file}-not`, args: [] })).exitCode).toBe(127);
    await expect(run(executor, { command: "true", args: [], cwd: `${file}-not` })).rejects.toMatchObject({
      code: "EXECUTION_FAILED",
      message: `Cannot run true: there is no folder ${file}-not`,
    });
    expect(
      (await run(executor, { command: "/bin/true", args: ["x".repeat(200_000)] }).catch(() => ({ exitCode: 126 })))
        .exitCode,
    ).toBe(126);
    expect((await sh(executor, "exit 5")).exitCode).toBe(5);
  });

  test("tells a command to end when its time is over, and lets it [RPT-7]", async () => {
    const script = "trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.01; done";
    const { out, exitCode, timedOut } = await sh(open(), script, { timeoutMs: 300, graceMs: 60_000 });
    expect([out.toString(), exitCode, timedOut]).toEqual(["ready\nbye\n", 9, true]);
  });

  test("kills the whole group after the grace, and what left it [RPT-7]", async () => {
    const pids = join(folder(), "pids");
    const script = `trap '' TERM; sleep 1000 & echo $! >>${pids}; sh -c 'trap "" TERM; exec setsid sleep 1000' & echo $! >>${pids}; wait; wait`;
    const executor = open();
    const { signal, timedOut } = await sh(executor, script, { timeoutMs: 200, graceMs: 100 });
    expect([signal, timedOut]).toEqual(["SIGKILL", true]);
    const [inGroup, outside] = readFileSync(pids, "utf8").trim().split("\n");
    expect([isRunning(inGroup!), isRunning(outside!)]).toEqual([false, false]);
    expect((await sh(executor, "echo on")).out.toString()).toBe("on\n");
  });

  test("ends when the caller gives up, and a stopped command too [RPT-7]", async () => {
    const executor = open();
    const caller = new AbortController();
    const stdout = (): void => caller.abort();
    const request = { command: "sh", args: ["-c", "echo go; kill -STOP $$; sleep 1000"], graceMs: 60_000 };
    const { signal, timedOut } = await executor.run(request, { stdout, stderr: () => undefined }, caller.signal);
    expect([signal, timedOut]).toEqual(["SIGTERM", false]);
    await expect(executor.run(request, silent(), caller.signal)).rejects.toMatchObject({ name: "AbortError" });
  });

  test("gives nothing of what a run left behind writes later to the next run, and lets it go on", async () => {
    const executor = open();
    const done = join(folder(), "done");
    const later = `(while ! [ -e ${done}.go ]; do sleep 0.01; done; echo late; echo late >&2; echo x >${done}) & echo first`;
    expect((await sh(executor, later)).out.toString()).toBe("first\n");
    const next = await sh(executor, `touch ${done}.go; while ! [ -s ${done} ]; do sleep 0.01; done; echo second`);
    expect([next.out.toString(), next.err.toString()]).toEqual(["second\n", ""]);
  });

  test("leaves to an earlier run what it left behind, when a later one is killed", async () => {
    const executor = open();
    const { out } = await sh(executor, "sleep 1000 >/dev/null 2>&1 & echo $!; sleep 0.1");
    await sh(executor, "sleep 1000", { timeoutMs: 50, graceMs: 50 });
    expect(isRunning(out.toString().trim())).toBe(true);
    process.kill(Number(out.toString()), "SIGKILL");
  });

  test("lets what a run left behind go on until it is disposed, and no longer", async () => {
    const executor = make();
    const { out } = await sh(executor, "sleep 1000 >/dev/null 2>&1 & echo $!");
    const left = out.toString().trim();
    await sh(executor, "true");
    expect(isRunning(left)).toBe(true);
    await executor[Symbol.asyncDispose]();
    while (isRunning(left)) await sleep(systemClock, 5);
  });

  test("fails with what its taker throws, and ends the command", async () => {
    const executor = open();
    const sink = {
      stdout: (): void => {
        throw new Error("full");
      },
      stderr: () => undefined,
    };
    const request = { command: "sh", args: ["-c", "echo a; sleep 1000"], graceMs: 60_000 };
    await expect(executor.run(request, sink, never())).rejects.toThrow("full");
    expect((await sh(executor, "echo on")).out.toString()).toBe("on\n");
  });

  test("runs commands side by side [RPT-1]", async () => {
    const executor = open();
    const file = join(folder(), "all");
    const runs = [1, 2, 3, 4].map((n) =>
      sh(executor, `echo ${n} >>${file}; while [ $(wc -l <${file}) -lt 4 ]; do sleep 0.01; done; echo ${n}`),
    );
    expect((await Promise.all(runs)).map(({ out }) => out.toString())).toEqual(["1\n", "2\n", "3\n", "4\n"]);
  });

  test("may be disposed while what a command wrote and left behind is still being taken", async () => {
    const executor = make();
    const [told, taken] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()];
    const sink = {
      stdout: (bytes: Uint8Array): Promise<void> => {
        told.resolve(Number(Buffer.from(bytes)));
        return taken.promise;
      },
      stderr: () => undefined,
    };
    const request = { command: "sh", args: ["-c", "sleep 1000 & echo $!"], graceMs: 60_000 };
    const ended = executor.run(request, sink, never()).catch((error: unknown) => error);
    const left = await told.promise;
    await executor[Symbol.asyncDispose]();
    taken.resolve();
    await ended;
    while (isRunning(String(left))) await sleep(systemClock, 5);
    expect(isRunning(String(left))).toBe(false);
  });

  test("kills what still runs when it is disposed", async () => {
    const executor = make();
    const ready = Promise.withResolvers<number>();
    const request = { command: "sh", args: ["-c", "echo $$; sleep 1000"], graceMs: 60_000 };
    const sink = { stdout: (bytes: Uint8Array) => ready.resolve(Number(Buffer.from(bytes))), stderr: () => undefined };
    const ended = executor.run(request, sink, never()).catch((error: unknown) => error);
    const pid = await ready.promise;
    await executor[Symbol.asyncDispose]();
    await ended;
    expect(isRunning(String(pid))).toBe(false);
  });
});

interface Output extends ExecutorResult {
  out: Buffer;
  err: Buffer;
}

async function run(
  executor: Executor,
  request: Omit<ExecutorRequest, "graceMs"> & { graceMs?: number },
): Promise<Output> {
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  const sink = {
    stdout: (bytes: Uint8Array) => void out.push(bytes),
    stderr: (bytes: Uint8Array) => void err.push(bytes),
  };
  const result = await executor.run({ graceMs: 10_000, ...request }, sink, never());
  return { ...result, out: Buffer.concat(out), err: Buffer.concat(err) };
}

function sh(executor: Executor, script: string, more: Partial<ExecutorRequest> = {}): Promise<Output> {
  return run(executor, { command: "sh", args: ["-c", script], ...more });
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function silent() {
  return { stdout: () => undefined, stderr: () => undefined };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "rpr-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
