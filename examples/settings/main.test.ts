import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

function berth(...args: string[]) {
  const env = { ...process.env, BERTH_FROM_SOURCE: "1", NO_COLOR: "1" };
  const argv = ["packages/cli/bin/berth.js", "config", ...args, "--config", "examples/settings/berth.yaml"];
  return spawnSync(process.execPath, argv, { cwd: root, env, encoding: "utf8", timeout: 60_000 });
}

test("settings of an older version are found, and what would become of them is shown [BWK-18]", () => {
  const { status, stdout } = berth("validate");
  expect([status, stdout]).toEqual([
    2,
    expect.stringContaining("its settings are of version 1, it takes version 2; see `berth config migrate talker"),
  ]);
  const way = berth("migrate", "--dry-run");
  expect(way.stdout.split("\n").filter((line) => line !== "")).toEqual([
    "talker: version 1 to 2",
    "- plugins.talker.settings.title: Ada",
    "+ plugins.talker.settings.name: Ada",
  ]);
});
