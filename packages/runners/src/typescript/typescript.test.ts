import { mkdir, mkdtempDisposable, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ManualClock, systemClock } from "@berth/base";
import { afterAll, describe, expect, test, vi } from "vitest";
import { StripThread } from "./strip-thread.ts";
import { strippedModules } from "./stripped-modules.ts";
import { TypeStripper } from "./type-stripper.ts";

const stripper = new TypeStripper(systemClock);
afterAll(() => stripper[Symbol.asyncDispose]());

/** Texts that the compiler needs longer and longer for. */
const LONG = `const a = ${"[".repeat(200_000)}`;

describe("TypeStripper", () => {
  test("takes types out and leaves every line and column where it was", async () => {
    const text =
      "const one: number = 1;\ninterface Gone {}\nexport function two<T>(a: T, b?: string): T { return a; }\n";
    const stripped = await stripper.strip(text);
    expect(stripped).toHaveLength(text.length);
    expect(stripped!.indexOf("return")).toBe(text.indexOf("return"));
    expect(stripped).not.toContain("interface");
    expect(await stripper.strip(text)).toBe(stripped);
  });

  test.each([
    ["is not TypeScript", "const = ;"],
    ["needs more than stripping", "enum Colour { Red }"],
    ["no compiler takes", LONG],
  ])("gives nothing for text that %s, and goes on", async (_what, text) => {
    expect(await stripper.strip(text)).toBeUndefined();
    expect(await stripper.strip("let a: 1")).toBe("let a   ");
  });

  test("gives nothing once it is disposed of, but what it knows", async () => {
    const own = new TypeStripper(systemClock);
    expect(await own.strip("let b: 2")).toBe("let b   ");
    await own[Symbol.asyncDispose]();
    expect([await own.strip("let b: 2"), await own.strip("let c: 3")]).toEqual(["let b   ", undefined]);
  });

  test("gives nothing where no thread can be had: whoever opens a plugin does not fail for that", async () => {
    await using own = new TypeStripper(systemClock, () => {
      throw new Error("no more threads");
    });
    expect(await own.strip("let b: 2")).toBeUndefined();
  });

  test("does a text once, also for those who ask while it is being done", async () => {
    const thread = new StripThread(systemClock);
    const asked = vi.spyOn(thread, "strip");
    await using own = new TypeStripper(systemClock, () => thread);
    expect(await Promise.all([own.strip("let b: 2"), own.strip("let b: 2")])).toEqual(["let b   ", "let b   "]);
    expect(asked).toHaveBeenCalledOnce();
  });

  test("waits no longer than its limit, and not for what was behind", async () => {
    const clock = new ManualClock();
    const thread = new StripThread(clock);
    const results = [thread.strip("let a: 1"), thread.strip("let b: 2")];
    await clock.advance(2_000);
    expect(await Promise.all(results)).toEqual([{ text: undefined }, "lost"]);
    expect([thread.isOver, await thread.strip("let c: 3")]).toEqual([true, "lost"]);
    await thread.end();
  });
});

async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(await realpath(tmpdir()), "berth-stripped-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

describe("strippedModules", () => {
  test("finds the modules that the entry imports, by their place in the plugin's view", async () => {
    await using folder = await folderOf({
      "src/plugin.ts":
        'import { b } from "./lib/b.ts";\nimport type { T } from "../types.d.ts";\nexport default b as number;',
      "src/lib/b.ts": 'export * from "../c.mts"; export const b: number = 1; await import("../plugin.ts");',
      "src/c.mts": "export const c: number = 2;",
      "src/d.ts": "export const d: number = 3;",
      "types.d.ts": "export type T = 1;",
    });
    const modules = await strippedModules({ folder: folder.path, entry: "src/plugin.ts", seenAt: "/plugin" }, stripper);
    expect(modules.map(({ url }) => url).toSorted()).toEqual([
      "file:///plugin/src/c.mts",
      "file:///plugin/src/lib/b.ts",
      "file:///plugin/src/plugin.ts",
    ]);
    expect(modules.find(({ url }) => url.endsWith("c.mts"))?.text).toBe("export const c         = 2;");
  });

  test("says where a package of the plugin's own has a say in what a file is", async () => {
    await using folder = await folderOf({
      "plugin.ts": 'import "./lib/a.ts"; export default 1;',
      "lib/a.ts": "export {};",
      "lib/package.json": "{}",
    });
    const modules = await strippedModules({ folder: folder.path, entry: "plugin.ts", seenAt: "/plugin" }, stripper);
    expect(Object.fromEntries(modules.map(({ url, isBare }) => [url, isBare]))).toEqual({
      "file:///plugin/plugin.ts": true,
      "file:///plugin/lib/a.ts": false,
    });
  });

  test("leaves alone what is no TypeScript, not there, broken, or outside", async () => {
    await using outside = await folderOf({ "secret.ts": "export const secret: number = 1;" });
    await using folder = await folderOf({
      "plugin.js": 'import "./a.ts";',
      "plugin.ts":
        'import "./no.ts"; import "./broken.ts"; import "./link.ts"; import "./way/secret.ts"; import "../x.ts";',
      "broken.ts": "export const = 1;",
    });
    await symlink(join(outside.path, "secret.ts"), join(folder.path, "link.ts"));
    await symlink(outside.path, join(folder.path, "way"));
    const at = { folder: folder.path, seenAt: folder.path };
    expect(await strippedModules({ ...at, entry: "plugin.js" }, stripper)).toEqual([]);
    const modules = await strippedModules({ ...at, entry: "plugin.ts" }, stripper);
    expect(modules.map(({ url }) => url)).toEqual([pathToFileURL(join(folder.path, "plugin.ts")).href]);
  });
});
