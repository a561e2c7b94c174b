import { mkdir, mkdtempDisposable, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { systemClock } from "@berth/base";
import { afterAll, describe, expect, test } from "vitest";
import { givenModules } from "./given-modules.ts";
import { TypeStripper } from "./type-stripper.ts";

const stripper = new TypeStripper(systemClock);
afterAll(() => stripper[Symbol.asyncDispose]());

async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(await realpath(tmpdir()), "berth-stripped-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

describe("givenModules", () => {
  test("finds the modules that the entry imports, by their place in the plugin's view", async () => {
    await using folder = await folderOf({
      "src/plugin.ts":
        'import { b } from "./lib/b.ts";\nimport type { T } from "../types.d.ts";\nexport default b as number;',
      "src/lib/b.ts": 'export * from "../c.mts"; export const b: number = 1; await import("../plugin.ts");',
      "src/c.mts": "export const c: number = 2;",
      "src/d.ts": "export const d: number = 3;",
      "types.d.ts": "export type T = 1;",
    });
    const modules = await givenModules(
      { folder: folder.path, entry: "src/plugin.ts", seenAt: "/plugin" },
      stripper,
      undefined,
    );
    expect(modules.map(({ url }) => url).toSorted()).toEqual([
      "file:///plugin/src/c.mts",
      "file:///plugin/src/lib/b.ts",
      "file:///plugin/src/plugin.ts",
    ]);
    expect(modules.find(({ url }) => url.endsWith("c.mts"))?.text).toBe("export const c         = 2;");
  });

  test("reads nothing that is known", async () => {
    await using folder = await folderOf({ "plugin.ts": "another", "lib/package.json": '{ "type": "commonjs" }' });
    const known = Promise.resolve([
      { path: "plugin.ts", text: "const a = 1; export default a;" },
      { path: "lib/a.ts", text: "export {};" },
    ]);
    const at = { folder: folder.path, entry: "plugin.ts", seenAt: "/plugin" };
    expect(await givenModules(at, stripper, known)).toEqual([
      { url: "file:///plugin/plugin.ts", text: "const a = 1; export default a;", isModule: true },
      { url: "file:///plugin/lib/a.ts", text: "export {};", isModule: false },
    ]);
    const [read] = await givenModules(at, stripper, Promise.resolve(undefined));
    expect(read).toMatchObject({ text: "another", isModule: false });
  });

  test.each<[string, Record<string, string>, boolean]>([
    ["begins with an import", { "plugin.js": '// a\n/* b */ import { x } from "./x.js";' }, true],
    ["begins with an export", { "plugin.js": "export default 1;" }, true],
    ["is one by its name", { "plugin.mjs": "globalThis.a;" }, true],
    ["is one for its package", { "plugin.js": "globalThis.a;", "package.json": '{ "type": "module" }' }, true],
    ["has a package that says nothing", { "plugin.js": "export {};", "package.json": "{}" }, true],
    ["may be a script", { "plugin.js": "/*\nimport a\n*/ module.exports = 1;" }, false],
    ["imports later, as scripts may", { "plugin.js": 'import("./a.js");' }, false],
    ["is a script for its package", { "plugin.js": "export {};", "package.json": '{ "type": "commonjs" }' }, false],
    ["has a package that is broken", { "plugin.js": "export {};", "package.json": "{" }, false],
  ])("gives an entry in JavaScript as it is, and knows that it is a module or not: it %s", async (_how, files, is) => {
    await using folder = await folderOf(files);
    const [entry, text] = Object.entries(files)[0]!;
    const at = { folder: folder.path, entry, seenAt: "/plugin" };
    const url = `file:///plugin/${entry}`;
    expect(await givenModules(at, stripper, undefined)).toEqual([{ url, text, isModule: is }]);
  });

  test("leaves alone what is not there, broken, too large, a script by its name, a package, or outside", async () => {
    await using outside = await folderOf({ "secret.ts": "export const secret: number = 1;", "package.json": "{}" });
    await using folder = await folderOf({
      "plugin.cjs": "module.exports = 1;",
      "large.js": `export default "${"x".repeat(65_536)}";`,
      "plugin.ts":
        'import "./no.ts"; import "./broken.ts"; import "./link.ts"; import "./way/secret.ts"; import "../x.ts";',
      "broken.ts": "export const = 1;",
      "linked/a.ts": "export {};",
    });
    await symlink(join(outside.path, "secret.ts"), join(folder.path, "link.ts"));
    await symlink(outside.path, join(folder.path, "way"));
    await symlink(join(outside.path, "package.json"), join(folder.path, "linked/package.json"));
    const at = { folder: folder.path, seenAt: folder.path };
    for (const entry of ["plugin.cjs", "large.js", "no.js", "../plugin.js"])
      expect(await givenModules({ ...at, entry }, stripper, undefined)).toEqual([]);
    expect(await givenModules({ ...at, seenAt: "/a/node_modules/b", entry: "plugin.ts" }, stripper, undefined)).toEqual(
      [],
    );
    const modules = await givenModules({ ...at, entry: "plugin.ts" }, stripper, undefined);
    expect(modules.map(({ url }) => url)).toEqual([pathToFileURL(join(folder.path, "plugin.ts")).href]);
    const [linked] = await givenModules({ ...at, entry: "linked/a.ts" }, stripper, undefined);
    expect(linked).toMatchObject({ isModule: false });
  });
});
