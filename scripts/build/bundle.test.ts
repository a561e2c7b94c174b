import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, afterEach, describe, expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { bundle } from "./bundle.ts";
import { isFresh } from "./freshness.ts";
import type { BundlePlan } from "./plan.ts";

const ROOT = join(import.meta.dirname, "../..");

let tree: ReturnType<typeof makeTemporaryTree>;
let plan: BundlePlan;

beforeEach(() => {
  tree = makeTemporaryTree({
    "package.json": `{ "type": "module" }`,
    "package-lock.json": "{}",
    "old/index.cjs": `exports.join = (...parts) => require("path").posix.join(...parts);`,
    "src/shared.ts": `export const shared: string[] = [];`,
    "src/lazy.ts": `import { shared } from "./shared.ts";\nexport const say = (text: string) => shared.push(text);`,
    "src/main.ts": `import { shared } from "./shared.ts";
      import { join } from "../old/index.cjs";
      export async function main(): Promise<void> {
        (await import("./lazy.ts")).say(join("a", "../b"));
        await using last = { async [Symbol.asyncDispose]() { console.log(shared.join(), import.meta.resolve("sharp") !== ""); } };
      }`,
    "src/sdk.ts": `export { shared } from "./shared.ts";`,
  });
  symlinkSync(join(ROOT, "node_modules"), join(tree.path, "node_modules"));
  plan = {
    root: tree.path,
    entries: { main: "src/main.ts", sdk: "src/sdk.ts" },
    outFolder: "dist",
    external: ["sharp"],
  };
  // Files as a user has them: written some time before the build.
  for (const file of [
    "src/main.ts",
    "src/lazy.ts",
    "src/shared.ts",
    "src/sdk.ts",
    "old/index.cjs",
    "package-lock.json",
  ])
    age(file);
});
afterEach(() => tree[Symbol.dispose]());

describe("bundle", () => {
  test("makes entries that run, share their chunks, load lazily and reach required builtins", async () => {
    await bundle(plan);
    const script = `const { main } = await import("./dist/main.js"); await main(); console.log((await import("./dist/sdk.js")).shared);`;
    expect(runScript(script)).toEqual({ stdout: "b true\n[ 'b' ]\n", stderr: "" });
  });

  test("leaves out what zod schemas do not use", async () => {
    const uses = `import * as z from "zod";\nexport const main = z.object({ a: z.string() });`;
    const later = `export const describe = async () => (await import("./later.ts")).toJSONSchema(main);`;
    writeFileSync(join(tree.path, "src/later.ts"), `export { toJSONSchema } from "zod";`);
    writeFileSync(join(tree.path, "src/main.ts"), `${uses}\n${later}`);
    const { metafile } = await bundle(plan);
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
    const localeBytes = inputs.reduce(
      (sum, [name, { bytesInOutput }]) => sum + (name.includes("/locales/") ? bytesInOutput : 0),
      0,
    );
    // English is the default; the forty others are not asked for.
    expect(localeBytes).toBeLessThan(10_000);
    const script = `const { describe } = await import("./dist/main.js"); console.log((await describe()).type);`;
    expect(runScript(script)).toEqual({ stdout: "object\n", stderr: "" });
  });

  test("removes chunks of builds that nobody can be running from any more", async () => {
    await bundle(plan);
    const chunk = readdirSync(join(tree.path, "dist")).find((name) => /^chunk-\w+\.js$/.test(name));
    const old = join(tree.path, "dist/chunk-OLD.js");
    const recent = join(tree.path, "dist/chunk-RECENT.js");
    for (const path of [old, recent]) writeFileSync(path, "");
    utimesSync(old, 0, 0);
    await bundle(plan);
    expect([old, recent, join(tree.path, "dist", chunk!)].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  test("says where a source is wrong, and leaves the last build", async () => {
    await bundle(plan);
    writeFileSync(join(tree.path, "src/main.ts"), `export const main = ;`);
    await expect(bundle({ ...plan })).rejects.toThrow('src/main.ts:1:20: ERROR: Unexpected ";"');
    expect(existsSync(join(tree.path, "dist/main.js"))).toBe(true);
    expect(isFresh(plan)).toBe(false);
  });
});

describe("isFresh", () => {
  test("is false before the first build, true after it", async () => {
    expect(isFresh(plan)).toBe(false);
    await bundle(plan);
    expect(isFresh(plan)).toBe(true);
  });

  test.each<[string, () => void]>([
    ["a changed source", () => writeFileSync(join(tree.path, "src/lazy.ts"), "export const say = () => 0;")],
    ["an older source put back", () => age("src/lazy.ts", 2_000)],
    ["a source that is gone", () => tree[Symbol.dispose]()],
    ["changed dependencies", () => writeFileSync(join(tree.path, "package-lock.json"), `{"name":"x"}`)],
    ["a stamp that is cut off", () => writeFileSync(join(tree.path, "dist/.stamp.json"), `{"src/ma`)],
  ])("is false after %s", async (_, change) => {
    await bundle(plan);
    change();
    expect(isFresh(plan)).toBe(false);
  });

  test("is false when a source changed during the build", async () => {
    const path = join(tree.path, "src/shared.ts");
    const later = new Date(statSync(path).mtimeMs + 60_000);
    utimesSync(path, later, later);
    await bundle(plan);
    expect(isFresh(plan)).toBe(false);
  });
});

function runScript(script: string) {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: tree.path,
    encoding: "utf8",
  });
  return { stdout, stderr };
}

function age(file: string, byMs = 10_000): void {
  const path = join(tree.path, file);
  const time = new Date(statSync(path).mtimeMs - byMs);
  utimesSync(path, time, time);
}
