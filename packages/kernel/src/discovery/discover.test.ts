import { linkSync } from "node:fs";
import { relative } from "node:path";
import { describe, expect, test } from "vitest";
import { manifest, PluginTree } from "../../test/plugin-tree.ts";
import { discover } from "./discover.ts";
import type { Discovery } from "./discover.ts";
import { type FileStat, nodeFileSystem } from "./file-system.ts";
import type { Root } from "./root.ts";

function foldersOf(tree: PluginTree, { plugins }: Discovery): string[] {
  return plugins.map(({ folder }) => relative(tree.path, folder));
}

function namesOf({ plugins }: Discovery): string[] {
  return plugins.map(({ name }) => name);
}

function messagesOf({ broken }: Discovery): string[] {
  return broken.flatMap(({ problems }) => problems.map(({ message }) => message));
}

describe("a folder of plugin folders", () => {
  test("discover finds each folder with a manifest, in the order of names, no package manager needed [RPT-32, RPT-39, SIG-182]", async () => {
    using tree = new PluginTree();
    tree.plugin("weather", "weather", '[permissions]\nnetwork = ["api.example.org"]\n');
    tree.plugin("stock-2", "a-stock");
    tree.plugin("Apples", "fruit");
    const found = await discover({ roots: [tree.root()] });
    expect(foldersOf(tree, found)).toEqual(["Apples", "stock-2", "weather"]);
    expect(found.plugins[2]).toMatchObject({
      name: "weather",
      version: "1.0.0",
      folder: tree.at("weather"),
      manifestFile: tree.at("weather", "plugin.toml"),
      trust: "first-party",
      notes: [],
      manifest: { provides: { source: ["weather"] }, permissions: { network: ["api.example.org"] } },
    });
    expect(found).toMatchObject({ broken: [], duplicates: [], failedRoots: [], ignored: [], fromIndex: 0, read: 3 });
  });

  test("discover looks into schedulers, executors and outputs of a plugin home [RPT-58]", async () => {
    using tree = new PluginTree();
    tree.plugin("schedulers/fibonacci-backoff");
    tree.plugin("executors/docker");
    tree.plugin("outputs/slack");
    tree.plugin("sources/hidden-one-level-down");
    tree.plugin("notes");
    expect(foldersOf(tree, await discover({ roots: [tree.root()] }))).toEqual([
      "executors/docker",
      "notes",
      "outputs/slack",
      "schedulers/fibonacci-backoff",
    ]);
  });

  test("discover takes a folder named outputs for a plugin when it has a manifest of its own [RPT-58]", async () => {
    using tree = new PluginTree();
    tree.plugin("outputs", "outputs");
    tree.plugin("outputs/slack");
    expect(foldersOf(tree, await discover({ roots: [tree.root()] }))).toEqual(["outputs"]);
  });

  test("discover passes over files, hidden folders and node_modules, and names folders without manifest", async () => {
    using tree = new PluginTree();
    tree.write("README.md", "# Plugins");
    tree.write("outputs", "a file of that name");
    tree.plugin(".git");
    tree.plugin("node_modules");
    tree.write("assets/logo.svg", "<svg/>");
    tree.link("dangling", "nowhere");
    tree.plugin("weather");
    const found = await discover({ roots: [tree.root()] });
    expect(foldersOf(tree, found)).toEqual(["weather"]);
    expect(found.ignored).toEqual([tree.at("assets"), tree.at("dangling")]);
  });
});

describe("a single plugin folder", () => {
  test("discover takes the folder itself", async () => {
    using tree = new PluginTree();
    tree.plugin("weather");
    expect(foldersOf(tree, await discover({ roots: [tree.root("weather", "plugin")] }))).toEqual(["weather"]);
  });

  test("discover names a folder that has no manifest as broken [RPT-34]", async () => {
    using tree = new PluginTree();
    tree.write("weather/README.md", "");
    const found = await discover({ roots: [tree.root("weather", "plugin")] });
    expect(messagesOf(found)).toEqual(["is missing"]);
    expect(found.broken[0]!.error).toMatchObject({ code: "MANIFEST_INVALID" });
  });
});

describe("packages in node_modules", () => {
  test("discover finds packages by keyword and by field, scoped and linked ones too [RPT-39]", async () => {
    using tree = new PluginTree();
    tree.package("node_modules/left-pad", { name: "left-pad", keywords: ["pad"] });
    tree.plugin("node_modules/left-pad", "not-asked-for");
    tree.package("node_modules/berth-plugin-a", { keywords: ["x", "berth-plugin"] });
    tree.plugin("node_modules/berth-plugin-a", "by-keyword");
    tree.package("node_modules/@me/weather", { berth: { manifest: "./berth/plugin.toml" } });
    tree.plugin("node_modules/@me/weather/berth", "by-field");
    tree.package("packages/linked", { keywords: ["berth-plugin"] });
    tree.plugin("packages/linked");
    tree.link("node_modules/@me/linked", "packages/linked");
    tree.package("node_modules/.pnpm/hidden", { keywords: ["berth-plugin"] });
    tree.plugin("node_modules/.pnpm/hidden");
    const found = await discover({ roots: [tree.root("node_modules", "node_modules", "third-party")] });
    expect(found.plugins.map(({ name, folder, trust }) => [name, relative(tree.path, folder), trust])).toEqual([
      ["linked", "node_modules/@me/linked", "third-party"],
      ["by-field", "node_modules/@me/weather", "third-party"],
      ["by-keyword", "node_modules/berth-plugin-a", "third-party"],
    ]);
    expect(found).toMatchObject({ broken: [], failedRoots: [] });
  });

  test("discover passes over packages that are none of its business", async () => {
    using tree = new PluginTree();
    tree.write("node_modules/broken-json/package.json", "{ not json");
    tree.write("node_modules/a-list/package.json", "[]");
    tree.write("node_modules/no-package-json/index.js", "");
    tree.write("node_modules/a-file", "");
    tree.write("node_modules/@a-file", "");
    tree.package("node_modules/berth-of-another-kind", { berth: { other: 1 } });
    tree.write("node_modules/too-large/package.json", `{"keywords":["berth-plugin"],"a":"${"a".repeat(1_048_576)}"}`);
    expect(await discover({ roots: [tree.root("node_modules", "node_modules")] })).toMatchObject({
      plugins: [],
      broken: [],
      failedRoots: [],
    });
  });

  test("discover names a package that says it is a plugin and is none [RPT-34]", async () => {
    using tree = new PluginTree();
    tree.package("node_modules/a-missing", { keywords: ["berth-plugin"] });
    tree.package("node_modules/b-escaping", { berth: { manifest: "../plugin.toml" } });
    tree.package("node_modules/c-number", { berth: { manifest: 1 } });
    tree.package("node_modules/d-linked", { berth: { manifest: "inner/plugin.toml" } });
    tree.plugin("elsewhere");
    tree.link("node_modules/d-linked/inner", "elsewhere");
    const found = await discover({ roots: [tree.root("node_modules", "node_modules")] });
    const wrongField =
      'says in "berth" that the manifest is elsewhere than inside the package; it must be the path of a file inside the package, such as "plugin.toml"';
    expect(messagesOf(found)).toEqual([
      "is missing, though package.json says the package is a plugin",
      wrongField,
      wrongField,
      "must not be reached through a symbolic link",
    ]);
  });
});

describe("several roots", () => {
  test("discover keeps the order of the roots and gives each plugin the trust of its root", async () => {
    using tree = new PluginTree();
    tree.plugin("own/zebra");
    tree.plugin("own/yak");
    tree.plugin("foreign/ant");
    const roots: Root[] = [tree.root("own"), tree.root("foreign", "folder", "third-party")];
    const found = await discover({ roots });
    expect(found.plugins.map(({ name, trust }) => [name, trust])).toEqual([
      ["yak", "first-party"],
      ["zebra", "first-party"],
      ["ant", "third-party"],
    ]);
  });

  test("discover finds several versions of one plugin, in the order of roots and names [OPS-14, OPS-15]", async () => {
    using tree = new PluginTree();
    const versions = [
      ["own/weather", "1.2.0"],
      ["own/weather-2", "2.0.0"],
      ["foreign/again", "1.2.0"],
      ["foreign/weather", "3.0.0-beta.1"],
    ] as const;
    for (const [folder, version] of versions) {
      tree.write(`${folder}/plugin.toml`, manifest("weather").replace("1.0.0", version));
    }
    const found = await discover({ roots: [tree.root("own"), tree.root("foreign")] });
    expect(found.plugins.map(({ id, version }) => [id, version])).toEqual([
      ["weather", "1.2.0"],
      ["weather", "2.0.0"],
      ["weather", "3.0.0-beta.1"],
    ]);
    expect(found.duplicates.map(({ refused }) => refused.folder)).toEqual([tree.at("foreign/again")]);
    const beside = found.plugins[1]!.beside();
    expect([beside.id, beside.movedTo("/copy").id, beside.manifest.plugin.version]).toEqual([
      "weather@2.0.0",
      "weather@2.0.0",
      "2.0.0",
    ]);
  });

  test("discover refuses a second plugin of a name and version and names both folders", async () => {
    using tree = new PluginTree();
    tree.plugin("own/weather");
    tree.plugin("foreign/other-folder", "weather");
    tree.plugin("foreign/third", "weather");
    const found = await discover({ roots: [tree.root("own"), tree.root("foreign", "folder", "third-party")] });
    expect(foldersOf(tree, found)).toEqual(["own/weather"]);
    expect(found.duplicates.map(({ kept, refused }) => [kept.folder, refused.folder])).toEqual([
      [tree.at("own/weather"), tree.at("foreign/other-folder")],
      [tree.at("own/weather"), tree.at("foreign/third")],
    ]);
    expect(found.duplicates[0]!.error).toMatchObject({
      code: "PLUGIN_DUPLICATE",
      message: `Cannot use the plugin in "${tree.at("foreign/other-folder")}": "weather" 1.0.0 is there already, in "${tree.at("own/weather")}"`,
    });
  });

  test("discover takes a folder reached by two paths for one plugin, of the first root", async () => {
    using tree = new PluginTree();
    tree.plugin("own/weather");
    tree.link("foreign/weather", "own/weather");
    tree.link("foreign/again", "foreign/weather");
    const roots = [tree.root("own"), tree.root("foreign", "folder", "third-party"), tree.root("own/weather", "plugin")];
    const found = await discover({ roots });
    expect(foldersOf(tree, found)).toEqual(["own/weather"]);
    expect(found).toMatchObject({ duplicates: [], read: 1 });
  });

  test("discover tells folders with hard-linked manifests apart", async () => {
    using tree = new PluginTree();
    const file = tree.plugin("one/weather");
    tree.write("two/weather/README.md", "");
    linkSync(file, tree.at("two/weather/plugin.toml"));
    const found = await discover({ roots: [tree.root("one"), tree.root("two")] });
    expect(found.duplicates).toHaveLength(1);
  });

  test("discover tells which root failed and searches the others [RPT-132]", async () => {
    using tree = new PluginTree();
    tree.plugin("own/weather");
    const roots: Root[] = [tree.root("nowhere"), { ...tree.root("no-home-yet"), optional: true }, tree.root("own")];
    const found = await discover({ roots });
    expect(namesOf(found)).toEqual(["weather"]);
    expect(found.failedRoots.map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/^Cannot look for plugins in ".*nowhere": ENOENT/),
    ]);
  });

  test("discover fails a root with more entries than any plugin folder has", async () => {
    using tree = new PluginTree();
    const files = { ...nodeFileSystem, list: () => Array.from({ length: 100_001 }, (_, index) => `p${index}`) };
    const found = await discover({ roots: [tree.root()], files });
    expect(found.failedRoots[0]!.error.message).toContain("100001 entries are too many, at most 100000 are read");
  });
});

describe("broken plugins", () => {
  test("discover skips a broken plugin, tells all that is wrong with it, and loads the rest [RPT-33, RPT-133]", async () => {
    using tree = new PluginTree();
    tree.plugin("a-good");
    tree.write("b-broken/plugin.toml", '[plugin]\nname = "B"\nversion = "1"\n');
    tree.plugin("c-good");
    const root: Root = { kind: "folder", path: relative(process.cwd(), tree.path), trust: "third-party" };
    const found = await discover({ roots: [root] });
    expect(namesOf(found)).toEqual(["a-good", "c-good"]);
    const file = `${root.path}/b-broken/plugin.toml`;
    expect(found.broken).toMatchObject([
      {
        folder: tree.at("b-broken"),
        problems: [
          { file, line: 1, column: 1, path: "provides" },
          { file, line: 2, column: 8, path: "plugin.name" },
          { file, line: 2, column: 8, path: "plugin.name" },
          { file, line: 3, column: 11, path: "plugin.version" },
        ],
      },
    ]);
    expect(found.broken[0]!.error.message).toBe(
      `Cannot use the plugin in "${tree.at("b-broken")}": its manifest has 4 problems`,
    );
  });

  test("discover refuses a manifest that is a link, a folder, or too large", async () => {
    using tree = new PluginTree();
    const secret = tree.plugin("elsewhere");
    tree.link("root/a-link/plugin.toml", "elsewhere/plugin.toml");
    tree.write("root/b-folder/plugin.toml/x", "");
    tree.write("root/c-large/plugin.toml", "#".repeat(300_000));
    const found = await discover({ roots: [tree.root("root")] });
    expect(secret).toContain("elsewhere");
    expect(messagesOf(found)).toEqual([
      "must be a regular file, is a symbolic link",
      "must be a regular file, is a folder",
      "is too large: 300000 bytes, at most 262144 are read",
    ]);
  });

  test("discover survives files that vanish, cannot be read or looked at, or change their kind under it [RPT-34]", async () => {
    using tree = new PluginTree();
    for (const name of ["a-vanished", "b-denied", "c-looped", "d-good"]) tree.plugin(name);
    const fail = (path: string): void => {
      if (path.includes("a-vanished")) throw Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" });
      if (path.includes("b-denied")) throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    };
    const files = {
      ...nodeFileSystem,
      read: (file: string, stat: FileStat, maxBytes: number) => (fail(file), nodeFileSystem.read(file, stat, maxBytes)),
      stat(path: string) {
        if (path.includes("c-looped")) throw Object.assign(new Error("ELOOP: too many links"), { code: "ELOOP" });
        return nodeFileSystem.stat(path);
      },
    };
    const found = await discover({ roots: [tree.root()], files });
    expect(namesOf(found)).toEqual(["d-good"]);
    expect(messagesOf(found)).toEqual([
      "cannot be read: ENOENT: no such file",
      "cannot be read: EACCES: permission denied",
      "cannot be looked at: ELOOP: too many links",
    ]);
  });

  test("discover names an inner folder that cannot be listed and goes on", async () => {
    using tree = new PluginTree();
    tree.plugin("outputs/slack");
    tree.plugin("weather");
    const files = {
      ...nodeFileSystem,
      list(folder: string): string[] {
        if (folder.endsWith("outputs")) throw new Error("EACCES: permission denied");
        return nodeFileSystem.list(folder);
      },
    };
    const found = await discover({ roots: [tree.root()], files });
    expect(namesOf(found)).toEqual(["weather"]);
    expect(messagesOf(found)).toEqual(["cannot be looked into: EACCES: permission denied"]);
  });
});

describe("discover under a signal", () => {
  test("discover stops at once when the signal has aborted", async () => {
    using tree = new PluginTree();
    tree.plugin("weather");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(discover({ roots: [tree.root()], signal })).rejects.toThrow("enough");
  });

  test("discover stops between two manifests", async () => {
    using tree = new PluginTree();
    for (let index = 0; index < 200; index++) tree.plugin(`plugin-${index}`);
    const abort = new AbortController();
    let reads = 0;
    const files = {
      ...nodeFileSystem,
      read(file: string, stat: FileStat, maxBytes: number) {
        if (++reads === 10) abort.abort(new Error("enough"));
        return nodeFileSystem.read(file, stat, maxBytes);
      },
    };
    await expect(discover({ roots: [tree.root()], files, signal: abort.signal })).rejects.toThrow("enough");
    expect(reads).toBeLessThan(200);
  });
});
