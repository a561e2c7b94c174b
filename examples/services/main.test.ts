import { spawnSync } from "node:child_process";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("one plugin calls another through the host, goes without a third, and uses it when it is there [OPS-37]", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-services-"));
  const program = join(import.meta.dirname, "main.ts");
  const options = { encoding: "utf8", timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, folder.path], options);
  expect(stdout.split("\n")).toEqual([
    "Hello Ada, this is your visit 1",
    "Hello Ada, this is your visit 2",
    "Salve Ada, this is your visit 3",
    "guestbook, machine, meters, runs, translation, visits",
    "",
  ]);
  expect(stderr).toContain("plugin/guestbook counted guest/Ada");
  expect(status).toBe(0);
});
