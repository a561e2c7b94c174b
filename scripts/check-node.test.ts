import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const SCRIPT = join(import.meta.dirname, "check-node.js");

/** Pretends to be another version: the script's question is about `process.versions`, whoever runs it. */
function runAs(version: string) {
  const pretend = `data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "${version}" } });`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", pretend, SCRIPT], { encoding: "utf8" });
  return { status, stderr };
}

test.each(["24.15.0", "24.21.0", "26.0.0", "27.1.0"])("check-node accepts %s", (version) => {
  expect(runAs(version)).toEqual({ status: 0, stderr: "" });
});

test.each(["18.0.0", "20.20.2", "22.23.3", "24.14.9", "25.9.0"])("check-node refuses %s in one line", (version) => {
  expect(runAs(version)).toEqual({
    status: 1,
    stderr:
      `Cannot run Berth's scripts on Node.js ${version}, they need 24.15 or newer: ` +
      "run `npm ci` once and then `npm test`, which bring and use their own Node.js.\n",
  });
});
