import { hash } from "node:crypto";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Clock, Failpoints, ManualClock, systemClock } from "@berth/base";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestFolder } from "../digest/index.ts";
import { type Snapshot, SnapshotStore } from "./index.ts";

const FILES = { "plugin.toml": "[plugin]\n", "src/plugin.ts": "export default 1;\n", "data/ä.bin": "\u0000\u0001" };

describe("SnapshotStore", () => {
  test("keeps a copy under the digest that the folder has", async () => {
    await using at = await setUp(FILES);
    chmodSync(join(at.plugin, "data/ä.bin"), 0o750);
    const snapshot = await at.store.take(at.plugin);
    const contents = new Map(Object.entries(FILES).map(([path, text]) => [path, hash("sha256", text)]));
    expect(snapshot).toEqual({
      ...(await digestFolder(at.plugin)),
      folder: at.store.pathOf(snapshot.digest),
      contents,
    });
    expect(await digestFolder(snapshot.folder)).toEqual(await digestFolder(at.plugin));
    expect(contentOf(snapshot.folder)).toEqual(FILES);
    expect(statSync(join(snapshot.folder, "src/plugin.ts")).mode & 0o777).toBe(0o444);
    expect(statSync(join(snapshot.folder, "data/ä.bin")).mode & 0o777).toBe(0o555);
    expect(at.store.has(snapshot.digest)).toBe(true);
  });

  test("does not change with the folder, and keeps the one before beside the new one", async () => {
    await using at = await setUp(FILES);
    const before = await at.store.take(at.plugin);
    writeFileSync(join(at.plugin, "src/plugin.ts"), "export default 2;\n");
    const after = await at.store.take(at.plugin);
    expect(contentOf(before.folder)).toEqual(FILES);
    expect(contentOf(after.folder)).toEqual({ ...FILES, "src/plugin.ts": "export default 2;\n" });
    expect(readdirSync(at.folder)).toHaveLength(2);
  });

  test("writes nothing for what it has", async () => {
    await using at = await setUp(FILES);
    const before = await at.store.take(at.plugin);
    utimesSync(join(at.plugin, "src/plugin.ts"), 1, 2);
    chmodSync(at.folder, 0o500);
    const { ctimeMs } = statSync(at.folder);
    expect(await at.store.take(at.plugin)).toEqual(before);
    expect(statSync(at.folder).ctimeMs).toBe(ctimeMs);
    chmodSync(at.folder, 0o700);
  });

  test("leaves out version control, the signature and the host's data, as the digest does", async () => {
    await using at = await setUp({ ...FILES, ".git/HEAD": "x", "plugin.minisig": "x", "var/db": "x" });
    const leaveOut = [join(at.plugin, "plugin.minisig"), join(at.plugin, "var")];
    const snapshot = await at.store.take(at.plugin, { leaveOut });
    expect(contentOf(snapshot.folder)).toEqual(FILES);
    expect(snapshot.digest).toBe((await digestFolder(at.plugin, { leaveOut })).digest);
  });

  test("can lie in the folder that it copies", async () => {
    await using at = await setUp(FILES);
    const store = new SnapshotStore({ folder: join(at.plugin, "copies"), clock: systemClock });
    expect((await store.take(at.plugin)).digest).toBe((await store.take(at.plugin)).digest);
  });

  test("writes as it reads where a folder is more than it holds in memory", { tags: ["slow"] }, async () => {
    const large = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.bin`, String(i).repeat(3_000_000)]));
    await using at = await setUp({ ...FILES, ...large });
    const snapshot = await at.store.take(at.plugin);
    expect(await digestFolder(snapshot.folder)).toEqual(await digestFolder(at.plugin));
    expect(await at.store.take(at.plugin)).toEqual(snapshot);
    expect(readdirSync(at.folder)).toEqual([snapshot.digest.slice("sha256:".length)]);
  });

  test.each<[string, (at: (path: string) => string) => void, RegExp]>([
    ["a link out of the folder", (at) => symlinkSync("/etc/passwd", at("src/x.ts")), /src\/x\.ts is a link/],
    ["a folder that is not there", (at) => rmSync(at(""), { recursive: true }), /: it is not there$/],
  ])("refuses %s, and leaves nothing behind", async (_what, spoil, message) => {
    await using at = await setUp(FILES);
    spoil((path) => join(at.plugin, path));
    const refusal = await at.store.take(at.plugin).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "DIGEST_FAILED", message: expect.stringMatching(message) });
    expect(namesIn(at.folder)).toEqual([]);
  });

  test("says when the copy cannot be written", async () => {
    await using at = await setUp(FILES);
    writeFileSync(at.folder, "a file");
    await expect(at.store.take(at.plugin)).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("Cannot keep a copy of the plugin in"),
    });
  });

  test("takes no path for a digest", async () => {
    await using at = await setUp(FILES);
    for (const digest of ["sha256:../..", "", "../x", `sha256:${"A".repeat(64)}`]) {
      expect(() => at.store.pathOf(digest)).toThrow("is no digest");
    }
  });

  test("ends when its signal aborts", async () => {
    await using at = await setUp(Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`${i}`, ""])));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(at.store.take(at.plugin, { signal })).rejects.toThrow("enough");
    expect(namesIn(at.folder)).toEqual([]);
  });
});

describe("SnapshotStore and a writer at the same time", () => {
  test("reads again when a file changes while it is read", async () => {
    await using at = await setUp(FILES);
    using _armed = at.failpoints.arm("snapshot.read", (visit) => {
      if (visit === 1) writeFileSync(join(at.plugin, "src/plugin.ts"), "export default 2;\n");
      if (visit === 2) writeFileSync(join(at.plugin, "src/new.ts"), "");
      if (visit === 3) rmSync(join(at.plugin, "src/new.ts"));
    });
    const snapshot = await at.store.take(at.plugin);
    expect(contentOf(snapshot.folder)["src/plugin.ts"]).toBe("export default 2;\n");
    expect(await digestFolder(at.plugin)).toMatchObject({ digest: snapshot.digest });
    expect(at.waits).toEqual([5, 10, 20]);
  });

  test("gives up after a bounded number of times, with an error that says so", async () => {
    await using at = await setUp(FILES);
    using _armed = at.failpoints.arm("snapshot.read", () => appendFileSync(join(at.plugin, "plugin.toml"), "#"));
    await expect(at.store.take(at.plugin)).rejects.toMatchObject({
      code: "PLUGIN_UNSETTLED",
      message: expect.stringContaining("its files are being written"),
    });
    expect(namesIn(at.folder)).toEqual([]);
    expect(at.waits).toEqual([5, 10, 20, 40, 80]);
  });

  test("two takes of one content end with one copy", async () => {
    await using at = await setUp(FILES);
    const [a, b] = await Promise.all([at.store.take(at.plugin), at.store.take(at.plugin)]);
    expect(a).toEqual(b);
    expect(readdirSync(at.folder)).toHaveLength(1);
  });

  test("gives the digest of what lies in the copy, whatever is written meanwhile", { tags: ["slow"] }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { minLength: 5, maxLength: 30 }), async (writes) => {
        // Enough files that the copying lets others have their turn in between.
        await using at = await setUp(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i % 7}/${i}`, "x"])));
        const taken = at.store.take(at.plugin).catch((error: unknown) => error as Error);
        for (const write of writes) {
          writeFileSync(join(at.plugin, `${write}/${write}`), "y".repeat(write));
          await new Promise((resolve) => setImmediate(resolve));
        }
        const outcome = await taken;
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "PLUGIN_UNSETTLED" });
        else expect((await digestFolder(outcome.folder)).digest).toBe(outcome.digest);
      }),
      { numRuns: 8 },
    );
  });
});

describe("SnapshotStore.take since what runs", () => {
  const WHOLE = "export default 1;\nfunction help() {}\n";

  test.each([
    ["a beginning of what it was", "export default 1;\n"],
    ["an empty one", ""],
    ["one that lost the end of its last line", "export default 2;\nfunction he"],
  ])("waits for the writer of a file that looks like %s", async (_what, cut) => {
    await using at = await setUp({ ...FILES, "src/plugin.ts": WHOLE }, (wait) => {
      if (wait === 4) writeFileSync(join(at.plugin, "src/plugin.ts"), "export default 2;\nfunction help() {}\n");
    });
    const { digest } = await at.store.take(at.plugin);
    writeFileSync(join(at.plugin, "src/plugin.ts"), cut);
    const next = await at.store.take(at.plugin, { since: digest });
    expect(contentOf(next.folder)["src/plugin.ts"]).toBe("export default 2;\nfunction help() {}\n");
    expect(at.waits).toEqual([25, 25, 25, 25]);
  });

  test("believes after half a second that an author took something off the end", async () => {
    await using at = await setUp({ ...FILES, "src/plugin.ts": WHOLE });
    const { digest } = await at.store.take(at.plugin);
    writeFileSync(join(at.plugin, "src/plugin.ts"), "export default 1;\n");
    const next = await at.store.take(at.plugin, { since: digest });
    expect(contentOf(next.folder)["src/plugin.ts"]).toBe("export default 1;\n");
    expect(at.waits).toEqual(Array.from({ length: 20 }, () => 25));
  });

  test("gives up on a file that is cut anew all the time", async () => {
    await using at = await setUp({ ...FILES, "src/plugin.ts": WHOLE }, (wait) =>
      writeFileSync(join(at.plugin, "src/plugin.ts"), WHOLE.slice(0, wait % 10)),
    );
    const { digest } = await at.store.take(at.plugin);
    writeFileSync(join(at.plugin, "src/plugin.ts"), "");
    await expect(at.store.take(at.plugin, { since: digest })).rejects.toMatchObject({ code: "PLUGIN_UNSETTLED" });
    expect(at.waits).toHaveLength(200);
  });

  test("does not wait for what changed otherwise, for new files and for ones that are gone", async () => {
    await using at = await setUp({ ...FILES, "src/plugin.ts": WHOLE });
    const { digest } = await at.store.take(at.plugin);
    writeFileSync(join(at.plugin, "src/plugin.ts"), "export default 2;\n");
    writeFileSync(join(at.plugin, "src/new.ts"), "");
    rmSync(join(at.plugin, "data"), { recursive: true });
    await at.store.take(at.plugin, { since: digest });
    expect(at.waits).toEqual([]);
  });
});

describe("SnapshotStore and packages in node_modules", () => {
  const PACKAGED = { ...FILES, "node_modules/a/index.js": "exports.a = 1;\n", "node_modules/a/b.js": "\n" };

  test("are not read and written again while they are as they were, and a changed one is", async () => {
    await using at = await setUp(PACKAGED, undefined, Date.now() + 60_000);
    const first = await at.store.take(at.plugin);
    writeFileSync(join(at.plugin, "src/plugin.ts"), "export default 2;\n");
    writeFileSync(join(at.plugin, "node_modules/a/b.js"), "2\n");
    const second = await at.store.take(at.plugin);
    expect(await digestFolder(second.folder)).toEqual(await digestFolder(at.plugin));
    const inode = ({ folder }: Snapshot, path: string): number => statSync(join(folder, path)).ino;
    const shared = (path: string): boolean => inode(first, path) === inode(second, path);
    expect(Object.keys(PACKAGED).filter(shared)).toEqual(["node_modules/a/index.js"]);
  });

  test("are read again when the earlier copy is gone", async () => {
    await using at = await setUp(PACKAGED, undefined, Date.now() + 60_000);
    const first = await at.store.take(at.plugin);
    rmSync(first.folder, { recursive: true });
    writeFileSync(join(at.plugin, "src/plugin.ts"), "export default 2;\n");
    const second = await at.store.take(at.plugin);
    expect(await digestFolder(second.folder)).toEqual(await digestFolder(at.plugin));
  });

  test("are read again when they changed a moment ago, which times may not show", async () => {
    await using at = await setUp(PACKAGED, undefined, Date.now());
    await at.store.take(at.plugin);
    const file = join(at.plugin, "node_modules/a/index.js");
    const { atime, mtime } = statSync(file);
    writeFileSync(file, "exports.a = 2;\n");
    utimesSync(file, atime, mtime);
    const second = await at.store.take(at.plugin);
    expect(readFileSync(join(second.folder, "node_modules/a/index.js"), "utf8")).toBe("exports.a = 2;\n");
  });
});

describe("SnapshotStore.sweep", () => {
  test("keeps what it is told to, and removes the rest and what crashes left", async () => {
    await using at = await setUp(FILES);
    const [first, second, third] = await versions(at, 3);
    const gone = spawnSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).stdout.trim();
    mkdirSync(join(at.folder, `.draft-${gone}.crashed/src`), { recursive: true });
    mkdirSync(join(at.folder, `.draft-${process.ppid}.another`));
    writeFileSync(join(at.folder, "README"), "not ours");
    await at.store.sweep([second!.digest]);
    expect([first, second, third].map((one) => at.store.has(one!.digest))).toEqual([false, true, false]);
    expect(readdirSync(at.folder).sort()).toEqual(
      [`.draft-${process.ppid}.another`, "README", second!.digest.slice("sha256:".length)].sort(),
    );
  });

  test("does not disturb a copy in the making", async () => {
    await using at = await setUp(Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`${i}`, "x"])));
    const taken = at.store.take(at.plugin);
    while (namesIn(at.folder).length === 0) await new Promise((resolve) => setImmediate(resolve));
    await at.store.sweep([]);
    const { folder, digest } = await taken;
    expect((await digestFolder(folder)).digest).toBe(digest);
  });

  test("has nothing to do where there is no store; remove too", async () => {
    await using at = await setUp(FILES);
    await at.store.sweep([]);
    const { digest } = await at.store.take(at.plugin);
    await at.store.remove(digest);
    await at.store.remove(digest);
    expect(at.store.has(digest)).toBe(false);
  });
});

/** A plugin and a store. Time passes at once: `onWait` runs in each wait, with its number from 1. */
async function setUp(files: Readonly<Record<string, string>>, onWait?: (wait: number) => void, nowMs = Date.now()) {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-snapshots-"));
  const plugin = join(folder.path, "plugin");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(plugin, path)), { recursive: true });
    writeFileSync(join(plugin, path), text);
  }
  const waits: number[] = [];
  const manual = new ManualClock(nowMs);
  const clock: Clock = {
    now: () => manual.now(),
    monotonicMs: () => manual.monotonicMs(),
    setTimer(fire, delayMs) {
      waits.push(delayMs);
      onWait?.(waits.length);
      return systemClock.setTimer(fire, 0);
    },
  };
  const store = join(folder.path, "store");
  const failpoints = new Failpoints();
  return {
    plugin,
    folder: store,
    store: new SnapshotStore({ folder: store, clock, failpoints }),
    failpoints,
    waits,
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

async function versions(at: { plugin: string; store: SnapshotStore }, count: number): Promise<Snapshot[]> {
  const taken: Snapshot[] = [];
  for (let version = 0; version < count; version++) {
    const draft = join(at.plugin, "src/plugin.ts.new");
    writeFileSync(draft, `export default ${version};\n`);
    renameSync(draft, join(at.plugin, "src/plugin.ts"));
    taken.push(await at.store.take(at.plugin));
  }
  return taken;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function contentOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}
