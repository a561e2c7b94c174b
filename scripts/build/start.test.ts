import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { bundle } from "./bundle.ts";
import { BUNDLE } from "./plan.ts";

let tree: ReturnType<typeof makeTemporaryTree>;
beforeAll(async () => {
  tree = makeTemporaryTree({
    "package.json": `{ "type": "module" }`,
    "plugins/hello/plugin.toml": `[plugin]\nname = "hello"\nversion = "1.0.0"\n\n[provides]\nsource = ["hello"]\n`,
  });
  await bundle({ ...BUNDLE, outFolder: relative(BUNDLE.root, join(tree.path, "dist")) });
}, 60_000);
afterAll(() => tree[Symbol.dispose]());

/** What takes milliseconds to load, or is half of the bundle, and no host needs before a plugin runs or somebody asks. */
const BUILTINS = new Set([
  "child_process",
  "crypto",
  "dns",
  "http",
  "internal/abort_controller",
  "internal/fs/dir",
  "internal/fs/promises",
  "net",
  "os",
  "perf_hooks",
  "stream",
  "timers/promises",
  "worker_threads",
  "zlib",
]);
const SOURCES = [
  "/zod/",
  "/yaml/",
  "packages/kernel/src/config/host-config.ts",
  "packages/kernel/src/config/load-host-config.ts",
  "packages/protocol/",
  "packages/sdk/src/runtime/",
  "packages/runners/src/inline/",
  "packages/runners/src/process/",
  "packages/runners/src/wasm/",
  "packages/runners/src/worker/",
  "packages/host/src/alerts/",
  "packages/host/src/health/health-checks.ts",
  "packages/host/src/reload/plugin-reloads.ts",
  "packages/registry/",
];

test("createHost loads no builtin that only running plugins need [RPT-128]", () => {
  writeFileSync(
    join(tree.path, "start.js"),
    `const before = new Set(process.moduleLoadList);
const { createHost } = await import("./dist/host.js");
const root = { kind: "folder", path: "plugins", trust: "first-party" };
const host = await createHost({ roots: [root], dataFolder: "data" });
const loaded = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.replace("NativeModule ", ""));
process.stdout.write(JSON.stringify({ plugins: host.plugins.plugins.length, loaded }));
process.exit(0);
`,
  );
  // The first start of all reads the manifest, with the schema library; those after it have its index.
  run();
  const { plugins, loaded } = run();
  expect(plugins).toBe(1);
  expect(loaded).toContain("sqlite");
  expect(loaded.filter((name) => BUILTINS.has(name))).toEqual([]);
});

test("the file of a host's start has nothing of what is loaded later [RPT-128]", () => {
  const map = readdirSync(join(tree.path, "dist")).find((name) => /^start-\w+\.cjs\.map$/.test(name))!;
  const { sources } = JSON.parse(readFileSync(join(tree.path, "dist", map), "utf8")) as { sources: string[] };
  expect(sources.some((name) => name.endsWith("packages/host/src/create-host.ts"))).toBe(true);
  expect(sources.filter((name) => SOURCES.some((part) => name.includes(part)))).toEqual([]);
});

function run(): { plugins: number; loaded: string[] } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["start.js"], { cwd: tree.path, encoding: "utf8" });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return JSON.parse(stdout) as { plugins: number; loaded: string[] };
}
