// Builds in a clone what is not there yet: the sources run by themselves, but plugins run in what is built.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export function buildFirst() {
  const script = new URL("../../../scripts/build.ts", import.meta.url);
  if (!existsSync(script)) return;
  console.error("Building Berth, once in a clone:");
  // What it tells is no output of the command.
  const cwd = fileURLToPath(new URL("../../..", import.meta.url));
  spawnSync(process.execPath, [fileURLToPath(script)], { cwd, stdio: ["ignore", 2, 2] });
}
