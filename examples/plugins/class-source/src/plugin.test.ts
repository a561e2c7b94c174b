import { execFileSync } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestSource } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { moonAge, phaseOf } from "./moon.ts";

const FOLDER = join(import.meta.dirname, "..");
const ROOT = join(FOLDER, "../../..");
const FULL_MOON = Date.UTC(2026, 3, 2, 2, 12);
const DAY = 86_400_000;

/** Built with the project's own compiler, into a folder of its own. */
let built: string;
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "berth-class-source-"));
  await symlink(join(ROOT, "node_modules"), join(built, "node_modules"), "junction");
  await cp(join(FOLDER, "plugin.toml"), join(built, "plugin.toml"));
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", FOLDER, "--outDir", join(built, "dist")], { stdio: "pipe" });
});
afterAll(() => rm(built, { recursive: true, force: true }));

const open = (config: Record<string, unknown>, now = (): number => FULL_MOON) =>
  openTestSource({ folder: built, source: "moon", config, now });

describe("class-source", () => {
  test("registers itself by its decorator, and runs as any source [SIG-21, SIG-27, SIG-158]", async () => {
    await using source = await open({ hemisphere: "north" });
    expect(await source.fetch()).toMatchObject({
      title: "Moon",
      subtitle: "Full moon",
      lines: ["Full moon", "100 % lit"],
    });
    expect(source.logs).toEqual([{ level: "info", message: "looked at the moon", fields: { phase: "Full moon" } }]);
  });

  test("asks for its field in words of its own", async () => {
    await expect(open({})).rejects.toThrow("moon: hemisphere is required");
  });

  test("is drawn again only when the phase has changed [SIG-8, SIG-20]", async () => {
    let now = FULL_MOON;
    await using source = await open({ hemisphere: "south" }, () => now);
    const isDrawn = async (): Promise<unknown> => source.shouldRender((await source.fetch())!);
    const days = [];
    for (const day of [0, 1, 4, 5, 8]) {
      now = FULL_MOON + day * DAY;
      days.push(await isDrawn());
    }
    expect(days).toEqual([true, false, true, false, true]);
  });
});

describe("moonAge", () => {
  test.each([
    ["new", Date.UTC(2026, 2, 19, 1, 23), "New moon", 0],
    ["full", FULL_MOON, "Full moon", 1],
    ["half", Date.UTC(2026, 3, 10, 4, 52), "Last quarter", 0.5],
  ])("knows the %s moon", (_what, at, name, lit) => {
    const phase = phaseOf(moonAge(at), false);
    expect(phase.name).toBe(name);
    expect(phase.lit).toBeCloseTo(lit, 1);
  });
});
