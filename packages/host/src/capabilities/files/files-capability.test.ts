import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  access,
  link,
  lstat,
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ManualClock, systemClock } from "@berth/base";
import type { LimitEvent } from "@berth/kernel/runner";
import { codeOf, never, openCapabilities, type TestOptions, until } from "../../../test/open-capabilities.ts";
import { createLog, Masker } from "../../log/index.ts";
import { createPluginBudget } from "../plugin-budget.ts";

const MIB = 1_048_576;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** How an attempt on what is being swapped may end beside well; the last is a file that is not there. */
const NOT_DONE = new Set(["PERMISSION_DENIED", "CAPABILITY_FAILED", "undefined bytes"]);

/** A plugin with `granted` to read and write, `shown` to read, and `outside` with a secret in it. */
async function openWorld(options: TestOptions = {}) {
  const probe = await openCapabilities({
    makes: ["granted", "shown", "outside", "code/src"],
    grant: (folder) => ({ read: [join(folder, "granted"), join(folder, "shown")], write: [join(folder, "granted")] }),
    ...options,
  });
  const at = (...names: string[]): string => join(probe.folder, ...names);
  await writeFile(at("outside", "secret"), "the secret");
  await writeFile(at("shown", "page"), "a page");
  await writeFile(at("code", "plugin.ts"), "the code");
  const { capabilities } = probe;
  return {
    probe,
    at,
    read: (path: string) => capabilities.readFile(path, never()),
    write: (path: string, content = "new") => capabilities.writeFile(path, Buffer.from(content), never()),
    append: (path: string, content = "new") => capabilities.appendFile(path, Buffer.from(content), never()),
    remove: (path: string) => capabilities.removeFile(path, never()),
    list: (path: string) => capabilities.listFolder(path, never()),
    info: (path: string) => capabilities.fileInfo(path, never()),
    usage: (path: string) => capabilities.diskUsage(path, never()),
    [Symbol.asyncDispose]: () => probe[Symbol.asyncDispose](),
  };
}

describe("files, within what was granted", () => {
  test("a relative path is one of the plugin's own folder, made as needed", async () => {
    await using world = await openWorld();
    await world.write("a/b/c.txt", "mine");
    expect(text(await world.read("a/b/c.txt"))).toBe("mine");
    expect(await readFile(world.at("data", "a", "b", "c.txt"), "utf8")).toBe("mine");
    expect(await world.list("a")).toEqual([{ name: "b", kind: "folder" }]);
    expect(await world.info("a/b/c.txt")).toEqual({ kind: "file", size: 4, modifiedAt: expect.any(Number) });
    await world.remove("a/b/c.txt");
    expect(await world.info("a/b/c.txt")).toBeUndefined();
  });

  test("is added to at its end, and made when it is not there, only where it may be written", async () => {
    await using world = await openWorld();
    await world.append("log", "one\n");
    await world.append("log", "two\n");
    expect(text(await world.read("log"))).toBe("one\ntwo\n");
    await world.append(world.at("granted", "new", "log"), "there");
    expect(text(await world.read(world.at("granted", "new", "log")))).toBe("there");
    expect(await codeOf(world.append(world.at("shown", "page")))).toBe("PERMISSION_DENIED");
    await symlink(world.at("outside", "secret"), world.at("data", "link"));
    expect(await codeOf(world.append("link"))).toBe("PERMISSION_DENIED");
    expect(await readFile(world.at("outside", "secret"), "utf8")).toBe("the secret");
    await mkdir(world.at("data", "folder"));
    expect(await codeOf(world.append("folder"))).toBe("CAPABILITY_FAILED");
    expect(await codeOf(world.append("log", "x".repeat(16 * 1_048_576 + 1)))).toBe("LIMIT_EXCEEDED");
    expect(text(await world.read("log"))).toBe("one\ntwo\n");
  });

  test("a granted place is read and written by its absolute path, the code only read [RPT-44]", async () => {
    await using world = await openWorld();
    await world.write(world.at("granted", "new", "file"), "written");
    expect(text(await world.read(world.at("granted", "new", "file")))).toBe("written");
    expect(text(await world.read(world.at("shown", "page")))).toBe("a page");
    expect(text(await world.read(world.at("code", "plugin.ts")))).toBe("the code");
    expect(await codeOf(world.write(world.at("shown", "page")))).toBe("PERMISSION_DENIED");
    expect(await codeOf(world.write(world.at("code", "plugin.ts")))).toBe("PERMISSION_DENIED");
    expect(await codeOf(world.remove(world.at("code", "plugin.ts")))).toBe("PERMISSION_DENIED");
    expect(await readFile(world.at("code", "plugin.ts"), "utf8")).toBe("the code");
  });

  test("the code stays unwritable below a granted folder", async () => {
    await using world = await openWorld({ grant: (folder) => ({ write: [folder] }) });
    await world.write(world.at("outside", "x"));
    for (const path of ["code/plugin.ts", "code/new", "code/src/../new", "granted/../code/new"]) {
      expect(await codeOf(world.write(world.at(path)))).toBe("PERMISSION_DENIED");
    }
    expect(await readdir(world.at("code"))).toEqual(["plugin.ts", "src"]);
  });

  test("what is hidden stays so below a granted folder, but for the plugin's own", async () => {
    await using world = await openWorld({
      hides: [".", "outside"],
      grant: (folder) => ({ read: [join(folder, "..")], write: [folder] }),
    });
    await world.write("own");
    expect(text(await world.read("own"))).toBe("new");
    expect(await codeOf(world.read(world.at("outside", "secret")))).toBe("PERMISSION_DENIED");
    expect(await codeOf(world.write(world.at("granted", "x")))).toBe("PERMISSION_DENIED");
  });

  test("what is guarded is read below a granted folder, and never written or made", async () => {
    await using world = await openWorld({
      guards: ["outside", "berth.yaml"],
      grant: (folder) => ({ read: [folder], write: [folder] }),
    });
    expect(text(await world.read(world.at("outside", "secret")))).not.toBe("");
    for (const path of [
      "outside/secret",
      "outside/new",
      "berth.yaml",
      "berth.production.yaml",
      "granted/../berth.yaml",
    ]) {
      expect(await codeOf(world.write(world.at(path)))).toBe("PERMISSION_DENIED");
    }
    await world.write(world.at("granted", "x"));
  });

  test("a granted folder that is not there yet is made by the first write", async () => {
    await using world = await openWorld({ grant: (folder) => ({ write: [join(folder, "later", "deep")] }) });
    await world.write(world.at("later", "deep", "file"));
    expect(await readFile(world.at("later", "deep", "file"), "utf8")).toBe("new");
  });

  test("a granted file is that file and nothing beside it", async () => {
    await using world = await openWorld({
      grant: (folder) => ({ read: [join(folder, "granted", "one")], write: [join(folder, "granted", "one")] }),
    });
    await world.write(world.at("granted", "one"), "1");
    expect(text(await world.read(world.at("granted", "one")))).toBe("1");
    expect(await codeOf(world.write(world.at("granted", "onetwo")))).toBe("PERMISSION_DENIED");
    expect(await codeOf(world.list(world.at("granted")))).toBe("PERMISSION_DENIED");
  });

  test("a granted folder may itself be a link of the operator's", async () => {
    await using world = await openWorld({
      grant: (folder) => ({ read: [join(folder, "alias")], write: [join(folder, "alias")] }),
    });
    await symlink(world.at("outside"), world.at("alias"));
    expect(text(await world.read(world.at("alias", "secret")))).toBe("the secret");
    await world.write(world.at("alias", "new"));
    expect(await readFile(world.at("outside", "new"), "utf8")).toBe("new");
  });

  test("a link to a granted place is followed, and stays a link when it is written", async () => {
    await using world = await openWorld();
    await symlink(world.at("granted", "target"), world.at("data", "link"));
    await writeFile(world.at("granted", "target"), "before");
    await world.write("link", "after");
    expect(await readFile(world.at("granted", "target"), "utf8")).toBe("after");
    expect(await readlink(world.at("data", "link"))).toBe(world.at("granted", "target"));
  });

  test("removing a link removes the link", async () => {
    await using world = await openWorld();
    await symlink(world.at("outside", "secret"), world.at("data", "link"));
    await world.remove("link");
    expect(await readdir(world.at("data"))).toEqual([]);
    expect(await readFile(world.at("outside", "secret"), "utf8")).toBe("the secret");
  });

  test("a reader sees the old content or the new, never a part", async () => {
    await using world = await openWorld();
    const versions = ["a", "b"].map((letter) => letter.repeat(200_000));
    await world.write("file", versions[0]);
    const reader = new AbortController();
    const reading = (async () => {
      while (!reader.signal.aborted) expect(versions).toContain(await readFile(world.at("data", "file"), "utf8"));
    })();
    for (let i = 0; i < 20; i++) await world.write("file", versions[i % 2]);
    reader.abort();
    await reading;
    expect(await readdir(world.at("data"))).toEqual(["file"]);
  });

  test("the size of a file system is told for granted places and what is above them, nothing else", async () => {
    await using world = await openWorld();
    for (const path of [".", world.at("shown"), world.at("."), "/"]) {
      const { total, available } = await world.usage(path);
      expect(total).toBeGreaterThan(available);
      expect(available).toBeGreaterThan(0);
    }
    expect(await codeOf(world.usage(world.at("outside")))).toBe("PERMISSION_DENIED");
  });
});

describe("files, against a way out", () => {
  const waysOut = [
    "../outside/secret",
    "a/../../outside/secret",
    "./../outside/secret",
    "../data-and-more",
    "/etc/passwd",
    "//etc/passwd",
    "/proc/self/environ",
    "..",
    "/",
  ];

  test.each(waysOut)("%s is denied before anything is looked at, for every verb [RPT-44]", async (path) => {
    await using world = await openWorld();
    const { read, write, remove, list, info } = world;
    for (const verb of [read, write, remove, list, info]) expect(await codeOf(verb(path))).toBe("PERMISSION_DENIED");
    expect(world.probe.denied).toHaveLength(5);
    expect(world.probe.denied[0]).toMatchObject({ capability: "files", what: expect.stringMatching(/^read \//) });
    expect(await readFile(world.at("outside", "secret"), "utf8")).toBe("the secret");
  });

  test.each<[string, unknown]>([
    ["a path with a NUL", "a\0b"],
    ["a path that is no text", { toString: () => "a" }],
    ["no path", undefined],
    ["a path of 5,000 characters", "a/".repeat(2_500)],
  ])("%s is malformed", async (_title, path) => {
    await using world = await openWorld();
    for (const verb of [world.read, world.write, world.list])
      expect(await codeOf(verb(path as string))).toBe("CONTRACT_BROKEN");
  });

  test("whether something exists outside is not told", async () => {
    await using world = await openWorld();
    const tell = async (path: string) => (await world.read(path).catch((error: Error) => error.message)) as string;
    const there = await tell(world.at("outside", "secret"));
    const notThere = await tell(world.at("outside", "nothing"));
    expect(there.replace("secret", "nothing")).toBe(notThere);
  });

  test.each([
    ["to a file", "outside/secret", ""],
    ["to a folder", "outside", "secret"],
    ["to the root", "/", "etc/passwd"],
    ["to the host's environment", "/proc/self/environ", ""],
    ["to a folder above", ".", "outside/secret"],
  ])("a link %s outside is not followed by any verb", async (_title, target, rest) => {
    await using world = await openWorld();
    await symlink(target.startsWith("/") ? target : world.at(target), world.at("data", "link"));
    await symlink("link", world.at("data", "second"));
    for (const name of ["link", "second"]) {
      const path = join(name, rest);
      for (const verb of [world.read, world.write, world.info])
        expect(await codeOf(verb(path))).toBe("PERMISSION_DENIED");
      if (rest !== "") {
        expect(await codeOf(world.list(name))).toBe("PERMISSION_DENIED");
        expect(await codeOf(world.remove(path))).toBe("PERMISSION_DENIED");
        expect(await codeOf(world.write(join(name, "new", "file")))).toBe("PERMISSION_DENIED");
      }
    }
    expect(await readdir(world.at("outside"))).toEqual(["secret"]);
  });

  test("nothing is written through a link that leads nowhere", async () => {
    await using world = await openWorld();
    await symlink(world.at("outside", "planted"), world.at("data", "link"));
    await symlink(world.at("outside", "folder"), world.at("data", "gone"));
    expect(await codeOf(world.write("link"))).toBe("PERMISSION_DENIED");
    expect(await codeOf(world.write("gone/file"))).toBe("PERMISSION_DENIED");
    expect(await readdir(world.at("outside"))).toEqual(["secret"]);
  });

  test("a granted folder that the plugin had replaced by a link leads nowhere", async () => {
    await using world = await openWorld({
      grant: (folder) => ({ read: [join(folder, "granted", "in")], write: [join(folder, "granted")] }),
    });
    await symlink(world.at("outside"), world.at("granted", "in"));
    expect(await codeOf(world.read(world.at("granted", "in", "secret")))).toBe("PERMISSION_DENIED");
  });

  test("a granted folder replaced by a link later is not followed", async () => {
    await using world = await openWorld();
    expect(text(await world.read(world.at("shown", "page")))).toBe("a page");
    await rename(world.at("shown"), world.at("moved"));
    await symlink(world.at("outside"), world.at("shown"));
    expect(await codeOf(world.read(world.at("shown", "secret")))).toBe("PERMISSION_DENIED");
  });

  test("a write replaces a hard link and leaves its other name alone", async () => {
    await using world = await openWorld();
    await link(world.at("outside", "secret"), world.at("data", "hard"));
    await world.write("hard");
    expect(await readFile(world.at("outside", "secret"), "utf8")).toBe("the secret");
  });

  test("pipes, sockets and devices are neither read, opened nor replaced", async () => {
    await using world = await openWorld({ grant: () => ({ read: ["/dev"], write: ["/dev"] }) });
    execFileSync("mkfifo", [world.at("data", "pipe")]);
    for (const path of ["pipe", "/dev/zero", "/dev/tty", "/dev/urandom"]) {
      expect(await codeOf(world.read(path))).toBe("CAPABILITY_FAILED");
      expect(await codeOf(world.write(path))).toBe("CAPABILITY_FAILED");
    }
    expect((await lstat(world.at("data", "pipe"))).isFIFO()).toBe(true);
  });

  test.each<["read" | "info" | "write", string]>([
    ["read", "dir/secret"],
    ["info", "dir/secret"],
    ["write", "dir/planted"],
  ])("a folder swapped for a link while it is used lets no %s out", async (verb, path) => {
    await using world = await openWorld();
    await mkdir(world.at("data", "dir"));
    await writeFile(world.at("data", "dir", "secret"), "harmless");
    const before = await readdir(world.at("outside"));
    await mkdir(world.at("swapped"));
    // Another process, so that the swap really happens in the middle of an operation. The folder is put back for a reader and made
    // anew for a writer, who makes one himself when there is none.
    const swap = `const fs = require("node:fs"); process.chdir(${JSON.stringify(world.at("data"))});
      const attempt = (name, ...args) => { try { fs[name](...args); } catch {} };
      for (let i = 0; ; i++) {
        const kept = "../swapped/" + i;
        attempt("renameSync", "dir", kept);
        attempt("symlinkSync", "../outside", "dir");
        for (const until = performance.now() + Math.random(); performance.now() < until;);
        attempt("unlinkSync", "dir");
        attempt(${verb === "write" ? '"mkdirSync", "dir"' : '"renameSync", kept, "dir"'});
        for (const until = performance.now() + Math.random(); performance.now() < until;);
      }`;
    const attacker = spawn(process.execPath, ["-e", swap], { stdio: "ignore" });
    try {
      await until(() =>
        lstat(world.at("data", "dir")).then(
          (found) => found.isSymbolicLink(),
          () => false,
        ),
      );
      const outcomes = new Map<string, number>();
      const attempts: Record<typeof verb, () => Promise<string>> = {
        read: () => world.read(path).then(text),
        info: () => world.info(path).then((found) => `${found?.size} bytes`),
        write: () => world.write(path).then(() => "written"),
      };
      for (let i = 0; i < 1_500; i++) {
        const outcome = await attempts[verb]().catch((error: { code: string }) => error.code);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      expect([...outcomes.keys()].filter((outcome) => !NOT_DONE.has(outcome))).toEqual([
        { read: "harmless", info: "8 bytes", write: "written" }[verb],
      ]);
      expect(outcomes.get("PERMISSION_DENIED")).toBeGreaterThan(0);
    } finally {
      attacker.kill("SIGKILL");
      await once(attacker, "exit");
    }
    expect(await readdir(world.at("outside"))).toEqual(before);
  });
});

describe("files of the kernel", () => {
  const openKernel = () => openWorld({ grant: () => ({ read: ["/proc", "/sys"] }) });

  test.skipIf(process.platform !== "linux")("are read although they claim no size", async () => {
    await using world = await openKernel();
    expect(text(await world.read("/proc/uptime"))).toMatch(/^\d/);
    expect(text(await world.read("/proc/net/dev"))).toContain("lo:");
    expect(text(await world.read("/proc/mounts"))).toContain("/proc");
    expect(text(await world.read(`/proc/${process.pid}/stat`))).toContain(`${process.pid} (`);
    expect((await world.list("/proc")).map(({ name }) => name)).toContain("meminfo");
  });

  test
    .skipIf(process.platform !== "linux")
    .each([
      "/proc/self/environ",
      `/proc/${process.pid}/environ`,
      `/proc/${process.pid}/task/${process.pid}/environ`,
      "/proc/thread-self/environ",
      "/proc/self/maps",
      "/proc/self/mem",
      "/proc/self/auxv",
      "/proc/self/root/etc/passwd",
      "/proc/self/cwd/package.json",
      "/proc/self/exe",
      "/proc/1/environ",
      "/proc/kcore",
      "/proc/kmsg",
    ])("%s tells a plugin nothing, root or not", async (path) => {
    await using world = await openKernel();
    expect(await codeOf(world.read(path))).toMatch(/PERMISSION_DENIED|CAPABILITY_FAILED/);
    expect(await codeOf(world.write(path))).toBe("PERMISSION_DENIED");
  });

  test.skipIf(process.platform !== "linux").each(["/proc/self/fd", "/proc/self/map_files", "/proc/1/fd"])(
    "%s is not listed",
    async (path) => {
      await using world = await openKernel();
      expect(await codeOf(world.list(path))).toBe("PERMISSION_DENIED");
    },
  );

  test.skipIf(process.platform !== "linux")("are never written, even where that was granted", async () => {
    await using world = await openWorld({ grant: () => ({ read: ["/proc", "/sys"], write: ["/proc", "/sys"] }) });
    for (const path of ["/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/sys/power/state", "/proc/self/comm"]) {
      expect(await codeOf(world.write(path))).toBe("PERMISSION_DENIED");
    }
  });

  test.skipIf(process.platform !== "linux")("in /sys are reached through the kernel's own links", async () => {
    await using world = await openWorld({ grant: () => ({ read: ["/sys/class/net"] }) });
    await access("/sys/class/net/lo/mtu");
    expect(Number(text(await world.read("/sys/class/net/lo/mtu")))).toBeGreaterThan(0);
    expect(await codeOf(world.read("/sys/power/state"))).toBe("PERMISSION_DENIED");
  });
});

describe("files, bounded", () => {
  test("no more than 16 MiB is read or written", async () => {
    await using world = await openWorld();
    const tooMuch = Buffer.alloc(16 * 1_048_576 + 1);
    await writeFile(world.at("data", "large"), tooMuch);
    expect(await codeOf(world.read("large"))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(world.probe.capabilities.writeFile("new", tooMuch, never()))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(world.probe.capabilities.writeFile("new", "text" as unknown as Uint8Array, never()))).toBe(
      "CONTRACT_BROKEN",
    );
  });

  test("a folder of more than 10,000 entries is not listed", async () => {
    await using world = await openWorld();
    await mkdir(world.at("granted", "many"));
    execFileSync("sh", ["-c", "seq 10001 | xargs touch"], { cwd: world.at("granted", "many") });
    expect(await codeOf(world.list(world.at("granted", "many")))).toBe("LIMIT_EXCEEDED");
    await rm(world.at("granted", "many", "1"));
    expect(await world.list(world.at("granted", "many"))).toHaveLength(10_000);
  });

  test("the plugin's own folder holds 256 MiB, and may shrink when it is full", async () => {
    const clock = new ManualClock();
    await using world = await openWorld({ clock });
    // Sparse: it has a size and takes no room.
    execFileSync("truncate", ["-s", String(256 * 1_048_576 - 10), world.at("data", "almost")]);
    await world.write("a", "12345");
    expect(await codeOf(world.write("b", "123456"))).toBe("LIMIT_EXCEEDED");
    await world.write("b", "12345");
    await world.write("a", "1");
    await world.write("c", "1234");
    expect(await codeOf(world.write("d", "1"))).toBe("LIMIT_EXCEEDED");
    await world.remove("almost");
    await world.write("d", "1");
    await world.write(world.at("granted", "elsewhere"), "1234567890");
    expect((await world.list(".")).map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  });

  test("limits.disk_mb and limits.file_size_mb bound what is written, over all instances together, and are told of", async () => {
    const told: LimitEvent[] = [];
    const limits = { disk_mb: 3, file_size_mb: 2 };
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-budget-"));
    const log = createLog({ sink: () => undefined, level: "error", clock: systemClock, masker: new Masker() });
    const budgetOptions = { plugin: { name: "probe" }, dataFolder: folder.path, limits, clock: systemClock, log };
    using budget = createPluginBudget({ ...budgetOptions, onLimit: (event) => told.push(event) });
    const folders = { data: folder.path, code: join(folder.path, "code"), hidden: [] };
    await using one = await openCapabilities({ limits, budget, folders });
    await using other = await openCapabilities({ limits, budget, folders });
    await one.capabilities.writeFile("a", new Uint8Array(2 * MIB), never());
    expect(await codeOf(other.capabilities.writeFile("b", new Uint8Array(1.5 * MIB), never()))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(other.capabilities.writeFile("c", new Uint8Array(2.5 * MIB), never()))).toBe("LIMIT_EXCEEDED");
    await other.capabilities.writeFile("d", new Uint8Array(MIB), never());
    expect(told).toEqual([
      { limit: "disk_mb", allowed: 3, used: 3.5, action: "refused" },
      { limit: "file_size_mb", allowed: 2, used: 2.5, action: "refused" },
    ]);
  });

  test("limits.disk_io_mb_per_sec holds for what the host reads and writes, both together [OPS-54]", async () => {
    const clock = new ManualClock();
    await using world = await openWorld({ clock, limits: { disk_io_mb_per_sec: 4 } });
    await writeFile(world.at("data", "large"), new Uint8Array(4 * MIB));
    const done: string[] = [];
    const { capabilities } = world.probe;
    // A quarter of a second's worth passes at once; the rest at the rate.
    const writing = capabilities.writeFile("new", new Uint8Array(3 * MIB), never()).then(() => done.push("written"));
    await until(() => clock.pendingTimers > 0);
    expect(await world.info("new")).toBeUndefined();
    await clock.advance(499);
    expect(done).toEqual([]);
    await clock.advance(1);
    await writing;
    expect(await world.info("new")).toMatchObject({ size: 3 * MIB });
    const reading = capabilities.readFile("large", never()).then(({ length }) => done.push(`read ${length}`));
    const startedMs = clock.monotonicMs();
    while (done.length < 2) {
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.pendingTimers > 0) await clock.advance(50);
    }
    await reading;
    expect(clock.monotonicMs() - startedMs).toBe(1_000);
  });

  test("whoever gives up while a write waits for its turn has changed nothing", async () => {
    const clock = new ManualClock();
    await using world = await openWorld({ clock, limits: { disk_io_mb_per_sec: 1 } });
    const giveUp = new AbortController();
    const writing = codeOf(world.probe.capabilities.writeFile("new", new Uint8Array(3 * MIB), giveUp.signal));
    await until(() => clock.pendingTimers > 0);
    giveUp.abort();
    expect(await writing).toBe("CALL_CANCELLED");
    expect(await world.list(".")).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("what a program wrote counts after a while", async () => {
    const clock = new ManualClock();
    await using world = await openWorld({ clock });
    await world.write("a");
    execFileSync("truncate", ["-s", String(256 * 1_048_576), world.at("data", "large")]);
    await clock.advance(5_000);
    expect(await codeOf(world.write("b"))).toBe("LIMIT_EXCEEDED");
  });

  test("writes of one turn together stay below the bound", async () => {
    await using world = await openWorld();
    execFileSync("truncate", ["-s", String(256 * 1_048_576 - 10), world.at("data", "almost")]);
    const codes = await Promise.all(Array.from({ length: 9 }, (_, i) => codeOf(world.write(`f${i}`, "123"))));
    expect(codes.filter((code) => code === "(no error)")).toHaveLength(3);
  });

  test("a folder is no file, and the other way round", async () => {
    await using world = await openWorld();
    await mkdir(world.at("data", "folder"));
    await writeFile(world.at("data", "file"), "");
    expect(await codeOf(world.read("folder"))).toBe("CAPABILITY_FAILED");
    expect(await codeOf(world.write("folder"))).toBe("CAPABILITY_FAILED");
    expect(await codeOf(world.remove("folder"))).toBe("CAPABILITY_FAILED");
    expect(await codeOf(world.list("file"))).toBe("CAPABILITY_FAILED");
    expect(await codeOf(world.write("file/below"))).toBe("CAPABILITY_FAILED");
    await expect(world.read("missing")).rejects.toMatchObject({
      message: 'Cannot read "missing": there is no such file or folder',
    });
  });

  test("a path is not made deeper than 64 new folders", async () => {
    await using world = await openWorld();
    expect(await codeOf(world.write(`${"d/".repeat(100)}file`))).toBe("CAPABILITY_FAILED");
    expect(await readdir(world.at("data"))).toEqual([]);
  });

  test("no descriptor stays open", async () => {
    await using world = await openWorld();
    const count = async () => (await readdir("/proc/self/fd")).length;
    await world.write("a/b/file");
    const before = await count();
    for (let i = 0; i < 20; i++) {
      await world.write("a/b/file");
      await world.read("a/b/file");
      await world.list("a/b");
      await codeOf(world.read("a/b"));
      await codeOf(world.write("a/b"));
    }
    expect(await count()).toBeLessThanOrEqual(before);
  });
});
