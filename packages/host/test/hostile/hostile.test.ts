import { execFile } from "node:child_process";
import { chmod, copyFile, cp, mkdtempDisposable, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { ATTACK_NAMES, NATIVE_ATTACK_NAMES } from "./attack-names.ts";
import type { AttackKind, AttackReport } from "./run-attacks.ts";

const run = promisify(execFile);
const LIMITS = { timeout: 170_000, maxBuffer: 2 ** 26 };
const ROOT = join(import.meta.dirname, "../../../..");
const ANY_USER = 65_533;
const isRoot = process.getuid?.() === 0;

/** Everything that was not held, in words; empty is what is wanted. */
function escapesOf({ results }: AttackReport): string[] {
  return results.flatMap(({ name, escapes, outcome }) => escapes.map((escape) => `${name} ${escape}: ${outcome}`));
}

function expectAllHeld(report: AttackReport, count = Object.values(ATTACK_NAMES).flat().length): void {
  expect(escapesOf(report)).toEqual([]);
  expect(report.neighbour).toEqual([]);
  expect(report.results).toHaveLength(count);
}

/** What `native/attacks.c` is compiled to, for as long as it is needed. */
async function compile(skip: (reason: string) => never): Promise<{ env: Record<string, string> } & AsyncDisposable> {
  const source = join(import.meta.dirname, "native/attacks.c");
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-native-"));
  await chmod(folder.path, 0o755);
  const program = join(folder.path, "attacks");
  try {
    await run("cc", ["-O1", "-pthread", "-o", program, source]);
  } catch (error) {
    await folder.remove();
    if ((error as NodeJS.ErrnoException).code === "ENOENT") skip("there is no C compiler here");
    throw error;
  }
  return { env: { HOSTILE_PROGRAM: program }, [Symbol.asyncDispose]: () => folder.remove() };
}

/** Under the built host in a folder of its own: the repository may lie where that user cannot read. */
async function attackAsUser(kind: AttackKind, more: Record<string, string> = {}): Promise<AttackReport> {
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
    external: ["@berth/runners/wasm-build"],
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
  const env = { PATH: process.env["PATH"], ...more };
  const { stdout } = await run(node, ["main.mjs", kind], {
    ...LIMITS,
    cwd: folder.path,
    uid: ANY_USER,
    gid: ANY_USER,
    env,
  });
  return JSON.parse(stdout) as AttackReport;
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

  test.skipIf(!isRoot)("gets at nothing under a host that is not root either", async () => {
    const report = await attackAsUser("process");
    expect(report.uid).toBe(ANY_USER);
    expectAllHeld(report);
  });
});

describe("A stranger's program in machine code", { tags: ["slow"], timeout: 180_000 }, () => {
  test.skipIf(process.platform !== "linux")(
    "gets at nothing, harms nobody and holds nobody up [OPS-20, OPS-24, OPS-59, RPT-142, RPT-144, RPT-146]",
    async ({ skip }) => {
      await using compiled = await compile(skip);
      const options = { ...LIMITS, env: { ...process.env, ...compiled.env } };
      const { stdout } = await run(process.execPath, [join(import.meta.dirname, "main.ts"), "native"], options);
      const report = JSON.parse(stdout) as AttackReport;
      expect(report.uid).toBe(process.getuid!());
      expectAllHeld(report, NATIVE_ATTACK_NAMES.length);
    },
  );

  test.skipIf(!isRoot)("gets at nothing under a host that is not root either", async ({ skip }) => {
    await using compiled = await compile(skip);
    const report = await attackAsUser("native", compiled.env);
    expect(report.uid).toBe(ANY_USER);
    expectAllHeld(report, NATIVE_ATTACK_NAMES.length);
  });
});

describe("A stranger's plugin in tier wasm", { tags: ["slow"], timeout: 180_000 }, () => {
  test("gets at nothing, harms nobody and holds nobody up [OPS-20, RPT-60, RPT-190, FLX-52]", async () => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, "main.ts"), "wasm"], LIMITS);
    const report = JSON.parse(stdout) as AttackReport;
    expect(report.kind).toBe("wasm");
    expectAllHeld(report);
  });
});
