import { execFile } from "node:child_process";
import { chmod, copyFile, cp, mkdtempDisposable, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { ATTACK_NAMES } from "./attack-names.ts";
import type { AttackReport } from "./run-attacks.ts";

const run = promisify(execFile);
const LIMITS = { timeout: 170_000, maxBuffer: 2 ** 26 };
const ROOT = join(import.meta.dirname, "../../../..");
const ANY_USER = 65_533;
const isRoot = process.getuid?.() === 0;

/** Everything that was not held, in words; empty is what is wanted. */
function escapesOf({ results }: AttackReport): string[] {
  return results.flatMap(({ name, escapes, outcome }) => escapes.map((escape) => `${name} ${escape}: ${outcome}`));
}

function expectAllHeld(report: AttackReport): void {
  expect(escapesOf(report)).toEqual([]);
  expect(report.neighbour).toEqual([]);
  expect(report.results).toHaveLength(Object.values(ATTACK_NAMES).flat().length);
}

test("the suite has at least sixty attacks", () => {
  expect(Object.values(ATTACK_NAMES).flat().length).toBeGreaterThanOrEqual(60);
});

describe("A stranger's plugin in tier process", { tags: ["slow"], timeout: 180_000 }, () => {
  test.skipIf(process.platform !== "linux")(
    "gets at nothing, harms nobody and holds nobody up [OPS-20, OPS-24, OPS-59, RPT-142, RPT-144, FLX-37, FLX-52, BWK-1]",
    async () => {
      const { stdout } = await run(process.execPath, [join(import.meta.dirname, "main.ts"), "process"], LIMITS);
      const report = JSON.parse(stdout) as AttackReport;
      expect(report.uid).toBe(process.getuid!());
      expectAllHeld(report);
    },
  );

  // The built host in a folder of its own: the repository may lie where that user cannot read.
  test.skipIf(!isRoot)("gets at nothing under a host that is not root either", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-hostile-"));
    await chmod(folder.path, 0o755);
    const node = join(folder.path, "node");
    await copyFile(await realpath(process.execPath), node);
    await run(process.execPath, [join(ROOT, "scripts/build.ts")], LIMITS);
    await cp(join(ROOT, "packages/cli/dist"), folder.path, { recursive: true });
    await cp(join(import.meta.dirname, "plugin"), join(folder.path, "plugin"), { recursive: true });
    await build({
      entryPoints: [join(import.meta.dirname, "main.ts")],
      outfile: join(folder.path, "main.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "silent",
      plugins: [
        {
          name: "built-host",
          setup: (built) =>
            built.onResolve({ filter: /^\.\.\/\.\.\/src\/index\.ts$/ }, () => ({ path: "./host.js", external: true })),
        },
      ],
    });
    const asUser = { ...LIMITS, cwd: folder.path, uid: ANY_USER, gid: ANY_USER, env: { PATH: process.env["PATH"] } };
    const { stdout } = await run(node, ["main.mjs", "process"], asUser);
    const report = JSON.parse(stdout) as AttackReport;
    expect(report.uid).toBe(ANY_USER);
    expectAllHeld(report);
  });
});

describe("A stranger's plugin in tier wasm", { tags: ["slow"], timeout: 180_000 }, () => {
  test("gets at nothing, harms nobody and holds nobody up [OPS-20, RPT-60, RPT-190, FLX-52]", async () => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, "main.ts"), "wasm"], LIMITS);
    const report = JSON.parse(stdout) as AttackReport;
    expect(report.tier).toBe("wasm");
    expectAllHeld(report);
  });
});
