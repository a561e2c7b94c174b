import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a program with a host of its own asks a source and ends by itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-embed-"));
  const program = join(import.meta.dirname, "main.ts");
  const { status, stdout } = spawnSync(process.execPath, [program, folder], { encoding: "utf8", timeout: 20_000 });
  rmSync(folder, { recursive: true });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^sources: git-activity, run-history, stock, system-health, weather$/m);
  expect(stdout).toContain("title: 'Embedded'");
});
