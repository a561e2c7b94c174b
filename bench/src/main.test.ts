import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { BENCHES } from "./benches.ts";

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...args]);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: code as number, stdout, stderr };
}

describe("the runner of the benchmarks", () => {
  test("lists every one with what it measures, a line each, and runs none", async () => {
    const { code, stdout, stderr } = await bench("--help");
    const listed = stdout.split("\n").filter((line) => /^ {2}[a-z]/.test(line));
    expect([code, stderr]).toEqual([0, ""]);
    expect(listed.map((line) => line.trim().split(/ {2,}/))).toEqual(
      Object.entries(BENCHES).map(([name, { measures }]) => [name, measures]),
    );
  });

  test("refuses what it does not know, naming the nearest", async () => {
    const name = await bench("calls", "durabilty");
    expect(name).toMatchObject({ code: 2, stdout: "" });
    expect(name.stderr).toContain('There is no benchmark "durabilty"; did you mean durability?');
    const option = await bench("--jsn");
    expect(option).toMatchObject({ code: 2, stdout: "" });
    expect(option.stderr).toContain("--jsn");
  });

  test("ends without a word when nobody reads on", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "--help"]);
    child.stdout.destroy();
    const [stderr, exit] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect([stderr, exit]).toEqual(["", [0, null]]);
  });
});
