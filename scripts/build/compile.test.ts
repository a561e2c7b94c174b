import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { bundle } from "./bundle.ts";
import { compilePrograms, compilerPrint } from "./compile.ts";
import { isFresh } from "./freshness.ts";
import type { BundlePlan } from "./plan.ts";

let tree: ReturnType<typeof makeTemporaryTree>;
let plan: BundlePlan;

beforeEach(() => {
  tree = makeTemporaryTree({
    "package-lock.json": "{}",
    "src/seven.c": "int main(void) { return 7; }",
    "src/main.ts": "export const main = 1;",
    "compiler/cc": "#!/bin/sh\necho no header >&2; exit 1",
    "none/other": "",
  });
  const programs = { seven: "src/seven.c" };
  plan = { root: tree.path, entries: { main: "src/main.ts" }, programs, outFolder: "dist", external: [] };
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  tree[Symbol.dispose]();
});

test.skipIf(compilerPrint() === "absent")(
  "bundle compiles a plan's programs, and again when one has changed",
  async () => {
    const run = (): number | null => spawnSync(join(tree.path, "dist/seven")).status;
    await bundle(plan);
    expect([run(), readdirSync(join(tree.path, "dist")).filter((name) => name.endsWith(".tmp"))]).toEqual([7, []]);
    writeFileSync(join(tree.path, "src/seven.c"), "int main(void) { return 3; }");
    expect(isFresh(plan)).toBe(false);
    await bundle(plan);
    expect(run()).toBe(3);
  },
);

test("bundle leaves out what cannot be compiled, says so, and tries again with another compiler", async () => {
  const said = vi.spyOn(console, "error").mockReturnValue();
  const failing = join(tree.path, "compiler/cc");
  spawnSync("chmod", ["+x", failing]);
  vi.stubEnv("PATH", `${join(tree.path, "compiler")}:${process.env["PATH"]}`);
  await bundle(plan);
  expect(said.mock.calls).toEqual([["Cannot compile src/seven.c, which is left out: no header"]]);
  expect([existsSync(join(tree.path, "dist/main.js")), existsSync(join(tree.path, "dist/seven"))]).toEqual([
    true,
    false,
  ]);
  vi.stubEnv("PATH", join(tree.path, "none"));
  expect(isFresh(plan)).toBe(false);
});

test("compilePrograms says nothing where there is no compiler", () => {
  vi.stubEnv("PATH", join(tree.path, "none"));
  expect([compilerPrint(), compilePrograms(plan)]).toEqual(["absent", []]);
});
