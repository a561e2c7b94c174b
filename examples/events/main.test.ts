import { spawnSync } from "node:child_process";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("an event plugin reacts to a failure, and asks another plugin over events [OPS-10, RPT-54]", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-events-"));
  const program = join(import.meta.dirname, "main.ts");
  const options = { encoding: "utf8", timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, folder.path], options);
  expect(stdout.split("\n")).toEqual([
    'plugin/alarm raised an alarm: {"plugin":"weather","who":"Ada"}',
    'Next is "Grace"',
    "",
  ]);
  expect([stderr, status]).toEqual(["", 0]);
});
