import { spawnSync } from "node:child_process";
import { mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const here = import.meta.dirname;
const root = join(here, "../..");
const guide = readFileSync(join(root, "docs/guide/dependencies.md"), "utf8");

function run(...args: string[]) {
  const env = { ...process.env, BERTH_FROM_SOURCE: "1", NO_COLOR: "1" };
  return spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8", timeout: 60_000 });
}

const berth = (...args: string[]) => run("packages/cli/bin/berth.js", "plugins", ...args);

test("two versions of a plugin run side by side, and each page gets the one it asks for [OPS-14, OPS-50]", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-dependencies-"));
  const { status, stdout } = run(join(here, "main.ts"), folder.path);
  expect(stdout.split("\n")).toEqual([
    "old-page: _-=",
    "new-page: ▁▄█",
    "chart, new-page, old-page, chart@1.4.0",
    "true",
    "",
  ]);
  expect(status).toBe(0);
});

test("the guide shows what the commands say [BWK-38, BWK-39]", () => {
  const deps = berth("deps", "--config", "examples/dependencies/berth.yaml");
  const tree = deps.stdout.slice(deps.stdout.indexOf("new-page"));
  expect(deps.status).toBe(0);
  expect(guide).toContain(tree.trim());
  const check = berth("check-deps", "--resolve", "--config", "examples/dependencies/unsolved.yaml");
  expect(check.status).toBe(1);
  // How many come with Berth is none of the guide's business.
  for (const line of check.stdout.split("\n")) if (!line.includes("have what")) expect(guide).toContain(line);
});
