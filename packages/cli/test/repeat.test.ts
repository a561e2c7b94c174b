import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../bin");
const tags = ["slow"];

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "berth-repeat-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function run(program: "berth" | "rpr", ...words: string[]) {
  const env = { ...process.env, HOME: home, NODE_COMPILE_CACHE: "" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(BIN, `${program}.js`), ...words], {
    encoding: "utf8",
    cwd: home,
    env,
  });
  return { code: status, out: stdout, err: stderr };
}

describe("rpr and berth repeat", { tags }, () => {
  test("are the same program by two names [RPT-2]", () => {
    const words = ["count", "-t", "2", "--", "sh", "-c", "echo out; echo err >&2; exit 3"];
    const expected = { code: 1, out: "out\nout\n", err: "err\nerr\n" };
    expect(run("rpr", ...words)).toEqual(expected);
    expect(run("berth", "repeat", ...words)).toEqual(expected);
  });

  test("give help by the name they were called, and keep their flags to themselves", () => {
    expect(run("berth", "repeat", "interval", "--help").out).toMatch(/^berth repeat interval \(int, i\)/);
    expect(run("berth", "repeat", "--help").out).toMatch(/^berth repeat: runs a command again and again/);
    expect(run("rpr", "interval").err).toContain("interval needs --every");
    expect(run("berth", "help").out).toContain("repeat");
  });

  test("have the commands for plugins [RPT-92, RPT-93]", () => {
    const listed = JSON.parse(run("rpr", "plugins", "list", "--json").out) as { plugins: { name: string }[] };
    expect(listed.plugins.map(({ name }) => name)).toContain("backoff");
    expect(run("berth", "repeat", "plugins", "info", "backoff").out).toContain("scheduler/exponential");
  });

  test("run the modes of plugins", () => {
    const words = ["exp", "-bd", "1ms", "-a", "2", "--", "sh", "-c", "echo try; false"];
    expect(run("rpr", ...words)).toMatchObject({ code: 1, out: "try\ntry\n" });
  });

  test("keep compiled code in the user's own folder", () => {
    if (process.env["NODE_DISABLE_COMPILE_CACHE"]) return;
    run("rpr", "--version");
    expect(existsSync(join(process.env["XDG_CACHE_HOME"] ?? join(home, ".cache"), "berth/compiled"))).toBe(true);
  });
});

test("rpr says in one line what it needs where nothing newer is to be had", { tags }, () => {
  const alone = join(home, "alone");
  cpSync(BIN, alone, { recursive: true });
  const code = `Object.defineProperty(process.versions, "node", { value: "18.0.0" }); await import(${JSON.stringify(join(alone, "rpr.js"))})`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], {
    encoding: "utf8",
    cwd: home,
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^Cannot run rpr on Node\.js 18\.0\.0, it needs 24\.15 or newer: [^\n]+\n$/),
  });
});
