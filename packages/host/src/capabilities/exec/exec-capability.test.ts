import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExecRequest } from "@berth/contract";
import { codeOf, never, openCapabilities, type TestOptions, until } from "../../../test/open-capabilities.ts";
import { isVariableAllowed } from "./exec-environment.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** A plugin that may run a shell: with one, every attack on what a program leaves behind can be written down. */
async function openShell(options: TestOptions = {}) {
  const probe = await openCapabilities({ grant: { exec: ["sh", "cat", "env", "sleep"] }, ...options });
  const exec = (command: string, args: string[] = [], more: Partial<ExecRequest> = {}, signal = never()) =>
    probe.capabilities.exec({ command, args, ...more }, signal);
  return {
    probe,
    exec,
    sh: (script: string, more: Partial<ExecRequest> = {}, signal = never()) => exec("sh", ["-c", script], more, signal),
    data: join(probe.folder, "data"),
    [Symbol.asyncDispose]: () => probe[Symbol.asyncDispose](),
  };
}

/** Ids of processes whose arguments hold `word`. */
async function running(word: string): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")));
  return ids.filter((_, i) => lines[i]!.includes(word));
}

/** A number of seconds to sleep that nothing else on the machine sleeps, to find the sleeper by. */
let sleeps = 0;
const uniqueSleep = (): string => `${600 + process.pid / 1e7}${++sleeps}`;

describe("exec", () => {
  test("runs a granted program in the plugin's folder and gives what it wrote and how it ended [RPT-44]", async () => {
    await using shell = await openShell();
    const result = await shell.sh("pwd; echo oops >&2; exit 3");
    expect({ ...result, stdout: text(result.stdout), stderr: text(result.stderr) }).toEqual({
      exitCode: 3,
      signal: null,
      stdout: `${shell.data}\n`,
      stderr: "oops\n",
    });
  });

  test("gives the signal that ended a program", async () => {
    await using shell = await openShell();
    expect(await shell.sh("kill -9 $$")).toMatchObject({ exitCode: null, signal: "SIGKILL" });
  });

  test("hands input over, and an empty standard input without", async () => {
    await using shell = await openShell();
    expect(text((await shell.exec("cat", [], { input: Buffer.from("fed") })).stdout)).toBe("fed");
    expect(text((await shell.exec("cat")).stdout)).toBe("");
  });

  test("a program that does not read its input is no failure", async () => {
    await using shell = await openShell();
    expect(await shell.sh("exit 0", { input: Buffer.alloc(1_048_576) })).toMatchObject({ exitCode: 0 });
  });

  test("gives a minimal environment and nothing of the host's", async () => {
    await using shell = await openShell();
    process.env["BERTH_TEST_SECRET"] = "host-secret";
    try {
      const lines = text((await shell.exec("env", [], { env: { TZ: "UTC", GIT_AUTHOR_NAME: "me" } })).stdout).trimEnd();
      expect(
        lines
          .split("\n")
          .map((line) => line.split("=")[0]!)
          .sort(),
      ).toEqual(["BERTH_EXEC", "GIT_AUTHOR_NAME", "HOME", "LANG", "PATH", "TZ"]);
      expect(lines).toContain(`HOME=${shell.data}`);
    } finally {
      delete process.env["BERTH_TEST_SECRET"];
    }
  });

  test("takes arguments as they are: nothing is a shell's business", async () => {
    await using shell = await openShell({ grant: { exec: ["echo"] } });
    const args = ["$HOME", "; id", "`id`", "$(id)", "a b", "*", "\n", "&&", "|"];
    expect(text((await shell.exec("echo", args)).stdout)).toBe(`${args.join(" ")}\n`);
  });

  test("runs in a granted folder, and in no other", async () => {
    const options: TestOptions = { makes: ["shown", "outside"] };
    await using shell = await openShell({
      ...options,
      grant: (folder) => ({ exec: ["pwd"], read: [join(folder, "shown")] }),
    });
    const shown = join(shell.probe.folder, "shown");
    expect(text((await shell.exec("pwd", [], { cwd: shown })).stdout)).toBe(`${shown}\n`);
    await symlink(join(shell.probe.folder, "outside"), join(shell.data, "link"));
    for (const cwd of ["/", join(shell.probe.folder, "outside"), join(shown, ".."), join(shell.data, "link")]) {
      expect(await codeOf(shell.exec("pwd", [], { cwd }))).toBe("PERMISSION_DENIED");
    }
    expect(await codeOf(shell.exec("pwd", [], { cwd: join(shown, "missing") }))).toBe("CAPABILITY_FAILED");
  });
});

describe("exec, what may run", () => {
  test.each([
    "id",
    "/bin/sh",
    "/usr/bin/sh",
    "./sh",
    "../bin/sh",
    "bin/sh",
    "sh ",
    "sh\0",
    "sh;id",
    "-sh",
    "",
    "sh -c id",
    "SH",
    "ｓｈ",
  ])("%j is denied when sh was granted", async (command) => {
    await using shell = await openShell({ grant: { exec: ["sh"] } });
    expect(await codeOf(shell.exec(command, ["-c", "true"]))).toBe("PERMISSION_DENIED");
    expect(shell.probe.denied).toMatchObject([{ capability: "exec", what: expect.stringMatching(/^run /) }]);
  });

  test("an absolute path runs when that very path was granted", async () => {
    await using shell = await openShell({ grant: { exec: ["/bin/sh", "./sh"] } });
    expect(await shell.exec("/bin/sh", ["-c", "exit 7"])).toMatchObject({ exitCode: 7 });
    for (const command of ["sh", "/bin//sh", "/bin/../bin/sh", "./sh"]) {
      expect(await codeOf(shell.exec(command, []))).toBe("PERMISSION_DENIED");
    }
  });

  test("names are looked up in the host's folders, not in the plugin's or the host's PATH", async () => {
    await using shell = await openShell({ grant: { exec: ["planted"] } });
    await writeFile(join(shell.data, "planted"), "#!/bin/sh\necho mine");
    await chmod(join(shell.data, "planted"), 0o755);
    const before = process.env["PATH"];
    process.env["PATH"] = shell.data;
    try {
      expect(await codeOf(shell.exec("planted"))).toBe("CAPABILITY_FAILED");
      expect(await codeOf(shell.exec("planted", [], { env: { PATH: shell.data } }))).toBe("CAPABILITY_FAILED");
    } finally {
      process.env["PATH"] = before;
    }
  });

  test("a program in a folder the plugin writes in is not run, by name, by path or behind a link", async () => {
    const grant: TestOptions["grant"] = (folder) => ({
      exec: ["own", "linked", join(folder, "data", "own")],
      write: [join(folder, "tools")],
    });
    await using probe = await openCapabilities({ makes: ["tools", "programs"], grant });
    const [tools, programs, data] = ["tools", "programs", "data"].map((name) => join(probe.folder, name)) as [
      string,
      string,
      string,
    ];
    await using shell = await openShell({
      grant: probe.folder === "" ? {} : grant(probe.folder),
      programFolders: [tools, programs],
    });
    await copyFile("/bin/true", join(tools, "own"));
    await copyFile("/bin/true", join(data, "own"));
    await symlink(join(tools, "own"), join(programs, "linked"));
    for (const command of ["own", "linked"]) expect(await codeOf(shell.exec(command))).toBe("PERMISSION_DENIED");
    expect(shell.probe.denied).toMatchObject([{ what: `run ${tools}/own` }, { what: `run ${tools}/own` }]);
  });

  test("a folder or a file without the right to run is no program", async () => {
    await using probe = await openCapabilities({ makes: ["programs/folder"] });
    const programs = join(probe.folder, "programs");
    await writeFile(join(programs, "plain"), "#!/bin/sh\n", { mode: 0o644 });
    await using shell = await openShell({ grant: { exec: ["folder", "plain"] }, programFolders: [programs] });
    for (const command of ["folder", "plain"]) expect(await codeOf(shell.exec(command))).toBe("CAPABILITY_FAILED");
  });

  test.each([
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "ld_preload",
    "DYLD_INSERT_LIBRARIES",
    "NODE_OPTIONS",
    "NODE_PATH",
    "GIT_SSH_COMMAND",
    "GIT_CONFIG_COUNT",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIR",
    "PATH",
    "HOME",
    "BASH_ENV",
    "ENV",
    "BASH_FUNC_ls",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PERL5OPT",
    "RUBYOPT",
    "JAVA_TOOL_OPTIONS",
    "PAGER",
    "EDITOR",
    "LESSOPEN",
    "IFS",
    "PS4",
    "SSL_CERT_FILE",
    "OPENSSL_CONF",
    "GCONV_PATH",
    "TMPDIR",
    "BERTH_EXEC",
  ])("the variable %s is not passed on", async (name) => {
    await using shell = await openShell();
    expect(await codeOf(shell.sh("true", { env: { [name]: "x" } }))).toBe("PERMISSION_DENIED");
    expect(shell.probe.denied).toMatchObject([{ what: `env ${name}` }]);
  });

  test.each(["TZ", "LC_ALL", "COLUMNS", "GIT_AUTHOR_NAME", "GIT_TERMINAL_PROMPT", "FOO"])(
    "the variable %s is",
    (name) => {
      expect(isVariableAllowed(name)).toBe(true);
    },
  );

  test.each<[string, Partial<Record<keyof ExecRequest, unknown>>]>([
    ["a command that is no text", { command: {} }],
    ["no arguments", { args: undefined }],
    ["an argument that is no text", { args: [1] }],
    ["an argument with a NUL", { args: ["a\0b"] }],
    ["a relative folder", { cwd: "folder" }],
    ["a variable that is no text", { env: { A: 1 } }],
    ["a variable with a strange name", { env: { "A=B": "c" } }],
    ["a variable with a NUL", { env: { A: "b\0" } }],
    ["an environment that is none", { env: "A=B" }],
    ["input that is text", { input: "text" }],
    ["a time of zero", { timeoutMs: 0 }],
    ["a time that is no number", { timeoutMs: "1" }],
    ["an endless time", { timeoutMs: Infinity }],
    ["output over 16 MiB", { maxOutputBytes: 16 * 1_048_576 + 1 }],
  ])("%s is malformed", async (_title, more) => {
    await using shell = await openShell();
    const request = { command: "sh", args: [], ...more } as unknown as ExecRequest;
    expect(await codeOf(shell.probe.capabilities.exec(request, never()))).toBe("CONTRACT_BROKEN");
  });

  test.each<[string, Partial<ExecRequest>]>([
    ["more than 1,000 arguments", { args: Array.from({ length: 1_001 }, () => "a") }],
    ["arguments over 128 KiB", { args: ["a".repeat(131_073)] }],
    ["input over 16 MiB", { input: new Uint8Array(16 * 1_048_576 + 1) }],
    ["more than 100 variables", { env: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`A${i}`, ""])) }],
  ])("%s are over a limit", async (_title, more) => {
    await using shell = await openShell();
    expect(await codeOf(shell.exec("sh", [], more))).toBe("LIMIT_EXCEEDED");
  });
});

describe("exec, what stays", () => {
  test("a program that takes too long is ended, and the error says after how long", async () => {
    await using shell = await openShell();
    const sleep = uniqueSleep();
    await expect(shell.exec("sleep", [sleep], { timeoutMs: 100 })).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      message: expect.stringContaining("did not end within 100 ms"),
    });
    expect(await running(sleep)).toEqual([]);
  });

  test("a program may put its things in order before it ends", async () => {
    await using shell = await openShell();
    const script = "trap 'echo orderly > done; exit' TERM; echo > ready; while :; do sleep 0.01; done";
    const caller = new AbortController();
    const call = codeOf(shell.sh(script, {}, caller.signal));
    await until(async () => (await readdir(shell.data)).includes("ready"));
    caller.abort();
    expect(await call).toBe("CALL_CANCELLED");
    await shell.probe.capabilities[Symbol.asyncDispose]();
    expect(await readFile(join(shell.data, "done"), "utf8")).toBe("orderly\n");
  });

  test("a program that will not end is killed two seconds later", async () => {
    await using shell = await openShell();
    const sleep = uniqueSleep();
    const caller = new AbortController();
    const call = codeOf(shell.sh(`trap '' TERM; echo > ready; sleep ${sleep}; sleep ${sleep}`, {}, caller.signal));
    await until(async () => (await readdir(shell.data)).includes("ready"));
    const startedAt = performance.now();
    caller.abort();
    expect(await call).toBe("CALL_CANCELLED");
    await shell.probe.capabilities[Symbol.asyncDispose]();
    const tookMs = performance.now() - startedAt;
    expect([await running(sleep), tookMs >= 2_000, tookMs < 4_500]).toEqual([[], true, true]);
  });

  test.each([
    ["stdout", "yes"],
    ["stderr", "yes >&2"],
  ])("a program that floods %s is ended at its bound", async (name, script) => {
    await using shell = await openShell();
    await expect(shell.sh(script, { maxOutputBytes: 100_000 })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringMatching(new RegExp(`wrote more than 100000 bytes to ${name}$`)),
    });
  });

  test("output is bounded at 1 MiB by default, to the byte", async () => {
    await using shell = await openShell();
    const write = (bytes: number) => shell.sh(`head -c ${bytes} /dev/zero`);
    expect((await write(1_048_576)).stdout).toHaveLength(1_048_576);
    expect(await codeOf(write(1_048_577))).toBe("LIMIT_EXCEEDED");
  });

  test("children a program leaves behind in its group end with it, and hold nothing up", async () => {
    await using shell = await openShell();
    const sleep = uniqueSleep();
    const startedAt = performance.now();
    const { exitCode, stdout } = await shell.sh(`sleep ${sleep} & sleep ${sleep} & echo started`);
    expect([exitCode, text(stdout)]).toEqual([0, "started\n"]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await running(sleep)).toEqual([]);
  });

  test("grandchildren in sessions of their own end when the call is given up", async () => {
    await using shell = await openShell();
    const sleep = uniqueSleep();
    const caller = new AbortController();
    const script = `(setsid sh -c 'trap "" TERM; sleep ${sleep}; sleep ${sleep}' &) ; setsid sleep ${sleep} & sleep ${sleep}`;
    const call = codeOf(shell.sh(script, {}, caller.signal));
    await until(async () => (await running(sleep)).length >= 4);
    caller.abort();
    expect(await call).toBe("CALL_CANCELLED");
    await shell.probe.capabilities[Symbol.asyncDispose]();
    expect(await running(sleep)).toEqual([]);
  });

  test("a daemon that a program started and left ends with the plugin", async () => {
    await using shell = await openShell();
    const sleep = uniqueSleep();
    // Long enough for it to have left the group before the shell ends.
    await shell.sh(`setsid sleep ${sleep} > /dev/null 2>&1 < /dev/null & sleep 0.3`);
    await until(async () => (await running(sleep)).length === 1);
    await shell.probe.capabilities[Symbol.asyncDispose]();
    expect(await running(sleep)).toEqual([]);
  });

  test("everything a program started ends when the generation does", async () => {
    await using shell = await openShell();
    const sleep = uniqueSleep();
    const calls = Array.from({ length: 3 }, () =>
      codeOf(shell.sh(`sleep ${sleep} & (sleep ${sleep} &) ; sleep ${sleep}`)),
    );
    await until(async () => (await running(sleep)).length >= 9);
    shell.probe.lifetime.abort();
    expect(await Promise.all(calls)).toEqual(["CALL_CANCELLED", "CALL_CANCELLED", "CALL_CANCELLED"]);
    await shell.probe.capabilities[Symbol.asyncDispose]();
    expect(await running(sleep)).toEqual([]);
    expect(await codeOf(shell.sh("true"))).toBe("CALL_CANCELLED");
  });

  test("at most four programs run at a time, the rest in turn", async () => {
    await using shell = await openShell();
    // Each holds a folder of its own while it runs, and says how many there are.
    const script = "mkdir $$; ls | wc -l; sleep 0.05; rmdir $$";
    const results = await Promise.all(Array.from({ length: 10 }, () => shell.sh(script)));
    const most = Math.max(...results.map(({ stdout }) => Number(text(stdout))));
    expect(most).toBeLessThanOrEqual(4);
    expect(results).toHaveLength(10);
  });

  test("a caller that gives up while it waits takes its place with it", async () => {
    await using shell = await openShell();
    const busy = Array.from({ length: 4 }, () => shell.sh("until test -e go; do sleep 0.01; done"));
    const caller = new AbortController();
    const waiting = codeOf(shell.sh("echo ran > ran", {}, caller.signal));
    const last = shell.sh("true");
    caller.abort();
    expect(await waiting).toBe("CALL_CANCELLED");
    await mkdir(join(shell.data, "go"));
    await Promise.all([...busy, last]);
    expect(await readdir(shell.data)).toEqual(["go"]);
  });

  test("no process is left that is dead and not buried", async () => {
    await using shell = await openShell();
    await Promise.all([
      shell.sh("exit 1"),
      codeOf(shell.sh("sleep 9", { timeoutMs: 50 })),
      codeOf(shell.sh("kill -9 $$")),
    ]);
    const children = execFileSync("ps", ["-o", "stat=", "--ppid", String(process.pid)], { encoding: "utf8" });
    expect(children.split("\n").filter((line) => line.startsWith("Z"))).toEqual([]);
  });
});
