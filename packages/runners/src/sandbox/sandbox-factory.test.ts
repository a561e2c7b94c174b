import { isHostError } from "@berth/contract";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
import { PRIMITIVES, type Primitive, type SandboxExit, SandboxFactory, type SandboxSpec } from "./index.ts";

const signal = AbortSignal.timeout(60_000);
const probe = (...hide: Primitive[]): Promise<SandboxFactory> => SandboxFactory.probe({ hide }, signal);

/** A shell that says what `script` says. */
const shell = (script: string, change: Partial<SandboxSpec> = {}): SandboxSpec => ({
  command: ["/bin/sh", "-c", script],
  env: {},
  system: "programs",
  mounts: [],
  workingFolder: "/",
  limits: { memoryMb: 64, fileHandles: 32, fileSizeMb: 1, processes: 0, tasks: 16, temporaryMb: 1 },
  dataBaseMb: 0,
  ...change,
});

let whole: SandboxFactory;
beforeAll(async () => {
  whole = await probe();
});

/** Runs a script as a user of its own where that is needed. */
async function run(factory: SandboxFactory, spec: SandboxSpec): Promise<{ said: string; code: number | null }> {
  using user = factory.userFor("factory-test");
  const own = user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } };
  await using sandboxed = await factory.launch({ ...spec, ...own }, signal);
  const [said, complaint, { code }] = await Promise.all([
    text(sandboxed.stdout),
    text(sandboxed.stderr),
    sandboxed.gone,
  ]);
  return { said: `${said}${complaint}`.trim(), code };
}

/** How a script ends that would not end by itself. */
async function endOf(factory: SandboxFactory, script: string): Promise<SandboxExit> {
  using user = factory.userFor("factory-test");
  const own = user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } };
  await using sandboxed = await factory.launch({ ...shell(script), ...own }, signal);
  return await sandboxed.gone;
}

describe("SandboxFactory, with one primitive hidden", () => {
  test.for<[Primitive, string]>([
    ["bwrap", "landlock"],
    ["user-namespaces", "landlock"],
    ["seccomp", "none"],
    ["rlimits", "none"],
    ["uid-drop", "none"],
    ["landlock", "full"],
    ["node-permission", "full"],
  ])("calls itself what it is without %s: %s [RPT-146, OPS-20]", async ([hidden, level], { skip }) => {
    if (whole.level !== "full") skip(`this machine has less than all: ${whole.level}`);
    const factory = await probe(hidden);
    expect(factory.level).toBe(level);
    const report = factory.mechanisms.find(({ name }) => name === hidden);
    expect(report).toEqual({ name: hidden, works: false, detail: "hidden by an option of the host" });
    expect(factory.mechanisms.map(({ name }) => name)).toEqual([...PRIMITIVES]);
    if (level !== "none") {
      expect(await run(factory, shell("echo here"))).toEqual({ said: "here", code: 0 });
      return;
    }
    await expect(factory.launch(shell("echo here"), signal)).rejects.toEqual(
      expect.toSatisfy((error: unknown) => isHostError(error, "TIER_UNAVAILABLE")),
    );
    await expect(factory.launch(shell("echo here"), signal)).rejects.toThrowError(
      `${hidden}: hidden by an option of the host`,
    );
  });

  test("is nothing without either kind of wall", async () => {
    expect((await probe("bwrap", "landlock")).level).toBe("none");
  });

  test("does not take one wall for the other when both the first and the filter are gone", async () => {
    expect((await probe("bwrap", "seccomp")).level).toBe("none");
  });
});

describe("SandboxFactory", () => {
  test.for<Primitive[]>([[], ["bwrap"]])(
    "passes on what is said, to descriptor 3 too, hiding %s",
    async (hide, { skip }) => {
      const factory = await probe(...hide);
      if (factory.level === "none") skip("this machine has no sandbox");
      using user = factory.userFor("factory-test");
      const own = user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } };
      const spec = shell('read -r line <&3; echo "heard $line" >&3; echo out; echo err >&2; exit 7', own);
      await using sandboxed = await factory.launch(spec, signal);
      sandboxed.channel.end("a word\n");
      const parts = [text(sandboxed.channel), text(sandboxed.stdout), text(sandboxed.stderr)];
      expect(await Promise.all(parts)).toEqual(["heard a word\n", "out\n", "err\n"]);
      expect(await sandboxed.gone).toEqual({ code: 7, signal: null });
    },
  );

  test("tells by which signal a program ended", async ({ skip }) => {
    if (whole.level === "none") skip("this machine has no sandbox");
    using user = whole.userFor("factory-test");
    const own = user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } };
    await using sandboxed = await whole.launch(shell("kill -TERM $$", own), signal);
    expect(await sandboxed.gone).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("gives the environment as it is told, and keeps it from the command line", async ({ skip }) => {
    if (whole.level !== "full") skip("this machine has no namespaces");
    using user = whole.userFor("factory-test");
    const own = user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } };
    const spec = shell('read -r go <&3; echo "$TOKEN"', { env: { TOKEN: "s3cret with spaces\n" }, ...own });
    await using sandboxed = await whole.launch(spec, signal);
    const commandLine = readFileSync(`/proc/${sandboxed.pid}/cmdline`, "utf8");
    sandboxed.channel.end("go\n");
    expect(await text(sandboxed.stdout)).toBe("s3cret with spaces\n\n");
    expect(commandLine).not.toContain("s3cret");
  });

  test("refuses the calls a plugin is refused besides [RPT-88]", async ({ skip }) => {
    if (whole.level === "none") skip("this machine has no sandbox");
    const { said } = await run(
      whole,
      shell("umask 077; cd /tmp; echo x >file && echo written", { deniedSystemCalls: ["chdir"] }),
    );
    expect(said).toContain("cd: can't cd to /tmp");
  });

  test("lets as many programs be started as a program may have tasks", async ({ skip }) => {
    if (whole.level !== "full") skip("this machine has no namespaces");
    const limits = { ...shell("").limits, processes: 4, tasks: 8 };
    const script = "i=0; while [ $i -lt 12 ]; do /bin/sleep 1 & i=$((i+1)); done; wait";
    const { said } = await run(whole, shell(script, { limits }));
    expect(said).toMatch(/Cannot fork/i);
    expect((await run(whole, shell("/bin/echo started", { limits }))).said).toBe("started");
  });

  test("ends a program that makes files in memory without end [RPT-143, OPS-53]", async ({ skip }) => {
    if (whole.level !== "full") skip("this machine has no namespaces");
    const script = "cd /tmp; i=0; while :; do : >$i 2>/dev/null; i=$((i+1)); done";
    expect(await endOf(whole, script)).toEqual({
      code: null,
      signal: "SIGKILL",
      reason: "it made more than 10000 temporary files",
    });
  });

  test("ends a program that fills a folder for temporary files that has no size of its own [RPT-143]", async ({
    skip,
  }) => {
    const factory = await probe("bwrap");
    if (factory.level !== "landlock") skip("this machine has no Landlock");
    const script = 'cd "$TMPDIR"; i=0; while :; do : >$i 2>/dev/null; i=$((i+1)); done';
    const end = await endOf(factory, script);
    expect(end).toEqual({ code: null, signal: "SIGKILL", reason: "its temporary files took more than 1 MiB" });
  });

  test("says what cannot be started, by how it ended", async ({ skip }) => {
    if (whole.level === "none") skip("this machine has no sandbox");
    const { said, code } = await run(whole, { ...shell(""), command: ["/bin/no-such-program"] });
    expect(code).not.toBe(0);
    expect(said).toContain("no-such-program");
  });

  test("launches nothing when it is given up before", async ({ skip }) => {
    if (whole.level === "none") skip("this machine has no sandbox");
    await expect(whole.launch(shell("true"), AbortSignal.abort(new Error("given up")))).rejects.toThrowError(
      "given up",
    );
  });

  test("finds out what an idle Node.js has of memory, once", async () => {
    const first = await whole.dataBaseMb(process.execPath, signal);
    expect(first).toBeGreaterThan(20);
    expect(await whole.dataBaseMb(process.execPath, signal)).toBe(first);
    await expect(whole.dataBaseMb("/bin/true", signal)).rejects.toThrowError("Cannot find out how much memory");
  });
});
