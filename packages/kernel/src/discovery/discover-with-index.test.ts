import { execFile } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ManualClock } from "@berth/base";
import { aMinuteLater, manifest, PluginTree } from "../../test/plugin-tree.ts";
import { discover, type Discovery } from "./discover.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { encodeIndex, type IndexRecord } from "./index-format.ts";
import { isOwn, signatureAt } from "./index-store.ts";

/** The file system, with a list of what was opened. */
function watchedFiles(): { files: FileSystem; opened: string[] } {
  const opened: string[] = [];
  const read: FileSystem["read"] = (file, ...rest) => (opened.push(file), nodeFileSystem.read(file, ...rest));
  return { files: { ...nodeFileSystem, read }, opened };
}

/** What a user of the discovery sees, down to the last manifest. */
function contentsOf({ plugins, broken, duplicates, failedRoots, ignored }: Discovery): unknown {
  return {
    plugins: plugins.map(({ name, version, folder, manifest, notes }) => ({ name, version, folder, manifest, notes })),
    broken: broken.map(({ folder, problems }) => ({ folder, problems })),
    duplicates: duplicates.map(({ error }) => error.message),
    failedRoots: failedRoots.map(({ error }) => error.message),
    ignored,
  };
}

/** A tree with one of everything: sound, translated, broken, duplicate, a package, a package that is no plugin. */
function mixedTree(): PluginTree {
  const tree = new PluginTree();
  tree.plugin("own/weather");
  tree.plugin("own/stock", "stock", '[config]\nrequired = ["symbol"]\n');
  tree.write("own/broken/plugin.toml", "[plugin]\nname = 1\n");
  tree.write("own/no-toml/plugin.toml", "[plugin");
  tree.write("own/large/plugin.toml", "#".repeat(300_000));
  tree.plugin("own/twice", "weather");
  tree.package("node_modules/left-pad", {});
  tree.package("node_modules/@me/plug", { keywords: ["berth-plugin"] });
  tree.plugin("node_modules/@me/plug");
  tree.package("node_modules/wrong", { berth: { manifest: "/etc/passwd" } });
  return tree;
}

function rootsOf(tree: PluginTree) {
  return [tree.root("own"), tree.root("node_modules", "node_modules", "third-party")];
}

describe("a second start", () => {
  test("discover opens no manifest that has not changed, broken ones included, and sees the same [FLX-48]", async () => {
    using tree = mixedTree();
    const options = { roots: rootsOf(tree), index: tree.at("data/plugins.index") };
    const cold = await discover({ ...options, clock: aMinuteLater() });
    const { files, opened } = watchedFiles();
    const warm = await discover({ ...options, files });
    expect(contentsOf(warm)).toEqual(contentsOf(cold));
    expect(opened).toEqual([]);
    expect([cold.fromIndex, cold.read]).toEqual([0, 10]);
    expect([warm.fromIndex, warm.read]).toEqual([10, 0]);
    expect(readdirSync(tree.at("data"))).toEqual(["plugins.index"]);
  });

  test("discover leaves an index alone that is as it would write it", async () => {
    using tree = mixedTree();
    const options = { roots: rootsOf(tree), index: tree.at("plugins.index") };
    await discover({ ...options, clock: aMinuteLater() });
    const { ino } = statSync(options.index);
    await discover(options);
    expect(statSync(options.index).ino).toBe(ino);
  });

  test("discover loads neither parser nor schema when nothing has changed [FLX-48]", async () => {
    using tree = mixedTree();
    const options = { roots: rootsOf(tree), index: tree.at("plugins.index") };
    const script = tree.write(
      "start.mts",
      `import { registerHooks } from "node:module";
       const loaded = [];
       registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
       const { discover } = await import(${JSON.stringify(import.meta.resolve("./discover.ts"))});
       const found = await discover(${JSON.stringify(options)});
       for (const plugin of found.plugins) plugin.manifest.plugin.name;
       console.log(JSON.stringify({ names: found.plugins.map(({ name }) => name), loaded }));`,
    );
    const start = async (): Promise<{ names: string[]; loaded: string[] }> =>
      JSON.parse((await promisify(execFile)(process.execPath, [script])).stdout) as {
        names: string[];
        loaded: string[];
      };
    const heavy = /node_modules\/(zod|smol-toml|semver|toml-eslint-parser)\/|read-manifest|node:(crypto|http)/;
    expect((await start()).loaded.filter((url) => heavy.test(url))).not.toEqual([]);
    await discover({ ...options, clock: aMinuteLater() });
    const warm = await start();
    expect(warm.names).toEqual(["stock", "weather", "plug"]);
    expect(warm.loaded.filter((url) => heavy.test(url))).toEqual([]);
  });
});

describe("a thousand plugins", () => {
  let tree: PluginTree;
  beforeAll(() => {
    tree = new PluginTree();
    for (let index = 0; index < 1_000; index++) {
      const name = `plugin-${String(index).padStart(4, "0")}`;
      if (index % 100 === 7) tree.write(`own/${name}/plugin.toml`, "broken");
      else tree.plugin(`own/${name}`);
    }
  });
  afterAll(() => tree[Symbol.dispose]());

  test("discover reads each once, and after that only what changed [FLX-48, RPT-133]", async () => {
    const options = { roots: [tree.root("own")], index: tree.at("plugins.index"), clock: aMinuteLater() };
    const cold = await discover(options);
    expect([cold.plugins.length, cold.broken.length, cold.read]).toEqual([990, 10, 1_000]);
    const { files, opened } = watchedFiles();
    expect((await discover({ ...options, files })).fromIndex).toBe(1_000);
    expect(opened).toEqual([]);
    tree.plugin("own/plugin-0007");
    tree.plugin("own/plugin-0500", "renamed");
    const changed = await discover({ ...options, files });
    expect(opened).toEqual([tree.at("own/plugin-0007/plugin.toml"), tree.at("own/plugin-0500/plugin.toml")]);
    expect(changed.plugins.map(({ name }) => name)).toContain("renamed");
    expect([changed.plugins.length, changed.broken.length]).toEqual([991, 9]);
  });
});

describe("changes", () => {
  /** Discovers with the index, then without, and expects the same; gives what was opened with the index. */
  async function openedAfter(tree: PluginTree, change: () => void): Promise<string[]> {
    const options = { roots: rootsOf(tree), index: tree.at("plugins.index"), clock: aMinuteLater() };
    await discover(options);
    change();
    const { files, opened } = watchedFiles();
    expect(contentsOf(await discover({ ...options, files }))).toEqual(
      contentsOf(await discover({ roots: options.roots })),
    );
    const { files: again, opened: reopened } = watchedFiles();
    await discover({ ...options, files: again });
    expect(reopened).toEqual([]);
    return opened.map((file) => file.slice(tree.path.length + 1));
  }

  /** Writes until the file system's clock has ticked, so that the change can be seen at all. */
  function rewrite(file: string, content: string): void {
    const { ctimeMs } = statSync(file);
    do writeFileSync(file, content);
    while (statSync(file).ctimeMs === ctimeMs);
  }

  test("discover reads a touched manifest again", async () => {
    using tree = mixedTree();
    const touch = (): void => utimesSync(tree.at("own/weather/plugin.toml"), new Date(), new Date());
    expect(await openedAfter(tree, touch)).toEqual(["own/weather/plugin.toml"]);
  });

  test("discover sees an edit of the same size under a preserved time of change", async () => {
    using tree = mixedTree();
    const file = tree.at("own/weather/plugin.toml");
    const edit = (): void => {
      const { atime, mtime } = statSync(file);
      rewrite(file, manifest("weathex"));
      utimesSync(file, atime, mtime);
      expect(statSync(file).mtime).toEqual(mtime);
    };
    expect(await openedAfter(tree, edit)).toEqual(["own/weather/plugin.toml"]);
  });

  test("discover sees a file put in the place of another, older one included", async () => {
    using tree = mixedTree();
    const replace = (): void => {
      const file = tree.plugin("elsewhere", "replaced");
      utimesSync(file, 1, 1);
      renameSync(file, tree.at("own/weather/plugin.toml"));
    };
    expect(await openedAfter(tree, replace)).toEqual(["own/weather/plugin.toml"]);
  });

  test("discover sees a renamed, a removed and a new folder", async () => {
    using tree = mixedTree();
    const rename = (): void => renameSync(tree.at("own/weather"), tree.at("own/wetter"));
    expect(await openedAfter(tree, rename)).toEqual(["own/wetter/plugin.toml"]);
    expect(await openedAfter(tree, () => rmSync(tree.at("own/stock"), { recursive: true }))).toEqual([]);
    expect(await openedAfter(tree, () => void tree.plugin("own/new-one"))).toEqual(["own/new-one/plugin.toml"]);
  });

  test("discover sees a broken manifest mended and a package that becomes a plugin", async () => {
    using tree = mixedTree();
    expect(await openedAfter(tree, () => void tree.plugin("own/no-toml"))).toEqual(["own/no-toml/plugin.toml"]);
    const become = (): void => {
      tree.package("node_modules/left-pad", { keywords: ["berth-plugin"] });
      tree.plugin("node_modules/left-pad");
    };
    expect(await openedAfter(tree, become)).toEqual([
      "node_modules/left-pad/package.json",
      "node_modules/left-pad/plugin.toml",
    ]);
  });

  test("discover with an index always sees what it sees without one, whatever happens in between", async () => {
    const name = fc.constantFrom("a", "b", "outputs", "outputs/c", "d");
    const change = fc.oneof(
      fc.record({ kind: fc.constantFrom("plugin", "broken", "remove", "touch"), folder: name }),
      fc.record({ kind: fc.constant("rename" as const), folder: name, to: name }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        using tree = new PluginTree();
        tree.write("own/readme", "");
        const options = { roots: [tree.root("own")], index: tree.at("plugins.index"), clock: aMinuteLater() };
        for (const [step, { kind, folder, ...rest }] of changes.entries()) {
          const path = join("own", folder);
          // Sizes differ at every step, so that no change hides within a tick of the file system's clock.
          if (kind === "plugin") tree.plugin(path, `plugin-${step % 3}`, "#".repeat(step));
          if (kind === "broken") tree.write(join(path, "plugin.toml"), "x".repeat(step + 1));
          if (kind === "remove") rmSync(tree.at(path), { recursive: true, force: true });
          if (kind === "touch") tryTo(() => utimesSync(tree.at(path, "plugin.toml"), step, step));
          if ("to" in rest) tryTo(() => renameSync(tree.at(path), tree.at("own", rest.to)));
          expect(contentsOf(await discover(options))).toEqual(contentsOf(await discover({ roots: options.roots })));
        }
      }),
      { numRuns: 40 },
    );
  });

  function tryTo(change: () => void): void {
    try {
      change();
    } catch (error) {
      expect(error).toHaveProperty("syscall"); // there was nothing to touch or rename
    }
  }
});

describe("a file that changed just before it was read", () => {
  test("discover reads it again next time, and trusts it once it has settled", async () => {
    using tree = new PluginTree();
    const file = tree.plugin("weather");
    const { ctimeMs } = statSync(file);
    const options = { roots: [tree.root()], index: tree.at("plugins.index") };
    const readsAt = async (afterMs: number): Promise<number> =>
      (await discover({ ...options, clock: new ManualClock(ctimeMs + afterMs) })).read;
    expect([await readsAt(0), await readsAt(1_999), await readsAt(2_001), await readsAt(2_002)]).toEqual([1, 1, 1, 0]);
  });

  test("signatureAt trusts no file from the future", () => {
    const stat = Object.assign(statSync(import.meta.filename), { mtimeMs: 5_000, ctimeMs: 9_000, size: 7 });
    expect(signatureAt(stat, 8_000).size).toBe(-1);
    expect(signatureAt(stat, 11_001).size).toBe(7);
  });
});

describe("an index that is not as it should be", () => {
  async function expectUnaffected(tree: PluginTree, index: string): Promise<void> {
    const found = await discover({ roots: rootsOf(tree), index, clock: aMinuteLater() });
    expect(contentsOf(found)).toEqual(contentsOf(await discover({ roots: rootsOf(tree) })));
  }

  test("discover is right and writes it anew, whichever byte is damaged and wherever it is cut", async () => {
    using tree = mixedTree();
    const index = tree.at("plugins.index");
    const roots = rootsOf(tree);
    const expected = contentsOf(await discover({ roots, index, clock: aMinuteLater() }));
    const whole = readFileSync(index);
    expect(whole.length).toBeGreaterThan(97 * 20);
    for (let at = 0; at < whole.length; at += 97) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      for (const content of [damaged, whole.subarray(0, at)]) {
        writeFileSync(index, content);
        const found = await discover({ roots, index, clock: aMinuteLater() });
        expect(contentsOf(found)).toEqual(expected);
        expect(found.read).toBe(10);
        expect(readFileSync(index)).toEqual(whole);
      }
    }
  });

  test("discover passes over the index of another format and over things that are no index", async () => {
    using tree = mixedTree();
    tree.write("other.index", Buffer.from("BERTHIX\u0003and more that only a later Berth understands", "latin1"));
    tree.write("empty.index", "");
    tree.write("garbage.index", Buffer.alloc(4_096, 0xff));
    for (const name of ["other.index", "empty.index", "garbage.index"]) await expectUnaffected(tree, tree.at(name));
    expect(readFileSync(tree.at("other.index")).subarray(0, 8)).toEqual(Buffer.from("BERTHIX\u0002", "latin1"));
  });

  test("discover tells why an index cannot be written, and finds the plugins nevertheless", async () => {
    using tree = mixedTree();
    tree.write("folder/x", "");
    for (const index of [tree.at("own/weather/plugin.toml/index"), tree.at("folder")]) {
      await expectUnaffected(tree, index);
      const { indexError } = await discover({ roots: rootsOf(tree), index });
      expect(indexError).toMatchObject({ code: "STORAGE_FAILED" });
      expect(indexError!.message).toContain("Cannot write the index of plugins");
    }
    expect(readdirSync(tree.path).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("isOwn takes the user's and the administrator's files, and all where there are no users", () => {
    expect([isOwn(1_000, 1_000), isOwn(0, 1_000), isOwn(1_001, 1_000), isOwn(1_001, 0), isOwn(5, undefined)]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  test("discover writes the index for its user alone", async () => {
    using tree = mixedTree();
    const index = tree.at("plugins.index");
    await discover({ roots: rootsOf(tree), index });
    expect(statSync(index).mode & 0o777).toBe(0o600);
  });

  test("discover believes no forged record more than the manifest", async () => {
    using tree = mixedTree();
    const index = tree.at("plugins.index");
    const forge = (path: string, kind: IndexRecord["kind"], body: string, name = ""): IndexRecord => {
      const file = tree.at(path);
      return { path: file, signature: signatureAt(statSync(file), Infinity), kind, name, version: "1.0.0", body };
    };
    const records = [
      forge("own/broken/plugin.toml", "problems", "not json"),
      forge("own/large/plugin.toml", "problems", '[{"path":1}]'),
      forge("own/no-toml/plugin.toml", "package", "{}"),
      forge("node_modules/left-pad/package.json", "package", '{"manifest":"../../own/weather/plugin.toml"}'),
      forge("node_modules/@me/plug/package.json", "problems", "[]"),
      forge("own/stock/plugin.toml", "manifest", '{"manifest":{"plugin":{"name":"other"}}}', "stock"),
    ];
    writeFileSync(index, encodeIndex(records));
    const found = await discover({ roots: rootsOf(tree), index });
    const stock = found.plugins.find(({ name }) => name === "stock")!;
    expect(() => stock.manifest).toThrow(
      expect.objectContaining({
        code: "MANIFEST_INVALID",
        message: expect.stringContaining("delete the index") as string,
      }),
    );
    expect(found.broken.map(({ problems }) => problems[0]!.message.slice(0, 30))).toEqual([
      "must name what the plugin prov",
      "is too large: 300000 bytes, at",
      "is not valid TOML: incomplete ",
      'says in "berth" that the manif',
      'says in "berth" that the manif',
    ]);
  });
});

test("discover in several processes at once on one index is right in each, and leaves a whole index", async () => {
  using tree = mixedTree();
  const index = tree.at("plugins.index");
  const script = tree.write(
    "start.mts",
    `import { discover } from ${JSON.stringify(import.meta.resolve("./discover.ts"))};
     const roots = JSON.parse(process.argv[2]);
     const clock = { now: () => Date.now() + 60_000 };
     for (let round = 0; round < 100; round++) {
       const found = await discover({ roots, index: ${JSON.stringify(index)}, clock });
       const names = found.plugins.map((plugin) => plugin.manifest.plugin.name).join();
       if (names !== process.argv[3] || found.indexError) throw new Error(names, { cause: found.indexError });
     }`,
  );
  const [own, packages] = rootsOf(tree);
  const run = async (roots: unknown[], names: string): Promise<string> =>
    (await promisify(execFile)(process.execPath, [script, JSON.stringify(roots), names])).stderr;
  const all = [run([own], "stock,weather"), run([packages], "plug"), run([own, packages], "stock,weather,plug")];
  expect(await Promise.all(all)).toEqual(["", "", ""]);
  expect(readdirSync(tree.path).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
