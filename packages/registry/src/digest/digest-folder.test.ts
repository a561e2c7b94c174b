import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { cp, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Breather } from "./breather.ts";
import { digestFolder } from "./digest-folder.ts";
import { FileHasher } from "./hash-file.ts";
import { listFiles } from "./list-files.ts";
import { createHash } from "node:crypto";

const FILES = { "plugin.toml": "[plugin]\n", "src/plugin.ts": "export default 1;\n", "data/ä.bin": "\u0000\u0001" };

describe("digestFolder", () => {
  test("is the same for the same content, whatever its place, times, modes and order of making [RPT-146]", async () => {
    await using one = await folderOf(FILES);
    await using other = await folderOf(Object.fromEntries(Object.entries(FILES).reverse()));
    mkdirSync(join(other.path, "empty/deeper"), { recursive: true });
    utimesSync(join(other.path, "plugin.toml"), 1, 2);
    chmodSync(join(other.path, "plugin.toml"), 0o600);
    const first = await digestFolder(one.path);
    expect(first).toEqual({ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), files: 3, bytes: 29 });
    expect(await digestFolder(other.path)).toEqual(first);
  });

  test("is the same with links that add nothing: npm's to programs in the folder, an editor's lock", async () => {
    const files = { ...FILES, "node_modules/tool/cli.js": "1;\n" };
    await using one = await folderOf(files);
    await using other = await folderOf(files);
    mkdirSync(join(other.path, "node_modules/.bin"));
    symlinkSync("../tool/cli.js", join(other.path, "node_modules/.bin/tool"));
    symlinkSync("somebody@somewhere.1:2", join(other.path, "src/.#plugin.ts"));
    expect(await digestFolder(other.path)).toEqual(await digestFolder(one.path));
  });

  test("stays what it was from release to release", async () => {
    await using folder = await folderOf({ "plugin.toml": "a", "src/plugin.ts": "bc" });
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    const lines = [`- 1 ${sha256("a")} 11 plugin.toml\n`, `- 2 ${sha256("bc")} 13 src/plugin.ts\n`];
    const expected = `sha256:${sha256(`berth-folder-1\n${lines.join("")}`)}`;
    expect((await digestFolder(folder.path)).digest).toBe(expected);
  });

  test.each<[string, (at: (path: string) => string) => void]>([
    ["a byte", (at) => writeFileSync(at("src/plugin.ts"), "export default 2;\n")],
    ["a new file", (at) => writeFileSync(at("src/other.ts"), "")],
    ["a file of another name", (at) => execFileSync("mv", [at("plugin.toml"), at("plugin2.toml")])],
    ["a file that can be run", (at) => chmodSync(at("src/plugin.ts"), 0o755)],
    ["a hidden file", (at) => writeFileSync(at(".hidden"), "x")],
    ["version control further down", (at) => (mkdirSync(at("src/.git")), writeFileSync(at("src/.git/x.js"), "x"))],
  ])("is another one after %s", async (_what, change) => {
    await using folder = await folderOf(FILES);
    const before = await digestFolder(folder.path);
    change((path) => join(folder.path, path));
    expect((await digestFolder(folder.path)).digest).not.toBe(before.digest);
  });

  test("leaves out version control and what it is told to", async () => {
    await using folder = await folderOf(FILES);
    const before = await digestFolder(folder.path);
    for (const name of [".git", ".hg", ".berth"]) mkdirSync(join(folder.path, name));
    writeFileSync(join(folder.path, ".git/HEAD"), "ref");
    symlinkSync("/etc/passwd", join(folder.path, ".berth/link"));
    writeFileSync(join(folder.path, ".berth/berth.sqlite"), "x");
    expect(await digestFolder(folder.path, { leaveOut: [join(folder.path, ".berth")] })).toEqual(before);
  });

  test("differs exactly where trees differ, for any tree", { tags: ["slow"] }, async () => {
    const tree = fc.dictionary(fc.stringMatching(/^[ab -]{1,3}(\/[ab -]{1,2})?$/), fc.string({ maxLength: 4 }), {
      maxKeys: 4,
    });
    await fc.assert(
      fc.asyncProperty(tree, tree, async (one, other) => {
        fc.pre(isTree(one) && isTree(other));
        await using first = await folderOf(one);
        await using second = await folderOf(other);
        const [a, b] = [await digestFolder(first.path), await digestFolder(second.path)];
        expect(a.digest === b.digest).toBe(isSameTree(one, other));
      }),
      { numRuns: 150 },
    );
  });

  test("ends when its signal aborts", async () => {
    await using folder = await folderOf(Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`${i}`, ""])));
    await expect(digestFolder(folder.path, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });
});

describe("digestFolder refuses", () => {
  test.each<[string, (at: (path: string) => string) => void, RegExp]>([
    ["a link to a file", (at) => symlinkSync("plugin.toml", at("link")), /: link is a link; put a copy/],
    ["a link to a folder outside", (at) => symlinkSync("/etc", at("src/etc")), /: src\/etc is a link/],
    ["a link to nothing", (at) => symlinkSync("none", at("dead")), /: dead is a link/],
    [
      "a link to a program outside",
      (at) => (
        mkdirSync(at("node_modules/.bin"), { recursive: true }),
        symlinkSync("/etc/passwd", at("node_modules/.bin/x"))
      ),
      /node_modules\/\.bin\/x is a link; put a copy/,
    ],
    ["a pipe", (at) => execFileSync("mkfifo", [at("pipe")]), /pipe is neither a file nor a folder/],
    [
      "more files than are allowed",
      (at) => mkdirSync(at("a/b/c"), { recursive: true }),
      /more than 5 files and folders/,
    ],
    [
      "more bytes than are allowed",
      (at) => writeFileSync(at("plugin.toml"), "x".repeat(1_100)),
      /more than 1000 bytes/,
    ],
    [
      "a deeper tree than anybody needs",
      (at) => mkdirSync(at("d/".repeat(70)), { recursive: true }),
      /more than (64 deep|5 files and folders)/,
    ],
    [
      "a name that is not Unicode",
      (at) => writeFileSync(Buffer.concat([Buffer.from(at("x")), Buffer.from([0xff])]), ""),
      /a name in it is not Unicode/,
    ],
  ])("%s [RPT-146]", async (_what, spoil, message) => {
    await using folder = await folderOf({ "plugin.toml": "[plugin]\n", "src/plugin.ts": "1" });
    spoil((path) => join(folder.path, path));
    const refusal = await digestFolder(folder.path, { mostFiles: 5, mostBytes: 1_000 }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ code: "DIGEST_FAILED", message: expect.stringMatching(message) });
  });

  test("a folder that is not there", async () => {
    await using folder = await folderOf({});
    await expect(digestFolder(join(folder.path, "none"))).rejects.toMatchObject({ code: "DIGEST_FAILED" });
  });

  test("a file that changes between list and reading, and while it is read", async () => {
    await using folder = await folderOf({ "a.txt": "one" });
    const [listed] = await listFiles(folder.path);
    const hasher = new FileHasher(folder.path, () => createHash("sha256"), new Breather(undefined));
    writeFileSync(listed!.file, "longer");
    await expect(hasher.hash(listed!)).rejects.toThrow("a.txt changed while it was read; try again");
    await cp(listed!.file, `${listed!.file}.new`);
    const [again] = await listFiles(folder.path);
    execFileSync("mv", [`${listed!.file}.new`, listed!.file]);
    await expect(hasher.hash(again!)).rejects.toThrow("changed while it was read");
    execFileSync("ln", ["-sf", "/etc/hostname", listed!.file]);
    await expect(hasher.hash(again!)).rejects.toMatchObject({ code: "DIGEST_FAILED" });
  });
});

async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-digest-"));
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return { path: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}

type Tree = Readonly<Record<string, string>>;

/** No name is both a file and a folder. */
function isTree(tree: Tree): boolean {
  return Object.keys(tree).every((path) => Object.keys(tree).every((other) => !other.startsWith(`${path}/`)));
}

function isSameTree(a: Tree, b: Tree): boolean {
  const text = (tree: Tree): string => JSON.stringify(Object.entries(tree).sort(([x], [y]) => (x < y ? -1 : 1)));
  return text(a) === text(b);
}
