import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";

const ROOT = join(import.meta.dirname, "../..");
const OXLINT = join(ROOT, "node_modules/oxlint/bin/oxlint");

/** The lint configuration with all but the rule in question left out, so that the test says nothing about the others. */
function configuration(): string {
  const { overrides } = JSON.parse(readFileSync(join(ROOT, ".oxlintrc.json"), "utf8")) as { overrides: unknown };
  return JSON.stringify({ categories: { correctness: "off" }, overrides });
}

function lint(files: Record<string, string>): { code: number | null; output: string } {
  using tree = makeTemporaryTree({ ".oxlintrc.json": configuration(), ...files });
  const { status, stdout } = spawnSync(process.execPath, [OXLINT, "--format=unix"], {
    cwd: tree.path,
    encoding: "utf8",
  });
  return { code: status, output: stdout };
}

test("lint refuses the globals that would lead a plugin round its context", () => {
  const source = `export const a = fetch("x");\nprocess.exit(1);\nglobalThis.fetch("x");\nconsole.log(eval("1"));\n`;
  const { code, output } = lint({
    "plugins/bad/src/plugin.ts": source,
    "examples/plugins/bad/src/deep/part.ts": source,
  });
  expect(code).toBe(1);
  const named = [...output.matchAll(/^(\S+?):\d+:.*Unexpected use of '(\w+)'/gm)].map(
    ([, file, name]) => `${file} ${name}`,
  );
  expect(named.sort()).toEqual(
    ["examples/plugins/bad/src/deep/part.ts", "plugins/bad/src/plugin.ts"].flatMap((file) =>
      ["console", "eval", "fetch", "globalThis", "process"].map((name) => `${file} ${name}`),
    ),
  );
});

test("lint lets a plugin use the context's fetch, and a package the global one", () => {
  const plugin = `export const make = (ctx: { fetch(url: string): void }) => ({ fetch: () => ctx.fetch("x") });\n`;
  const own = `export const a = fetch("x");\n`;
  expect(
    lint({ "plugins/good/src/plugin.ts": plugin, "packages/host/src/a.ts": own, "plugins/good/src/a.test.ts": own })
      .code,
  ).toBe(0);
});
