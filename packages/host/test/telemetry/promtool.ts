import { spawnSync } from "node:child_process";

/** Whether Prometheus' own checker is installed; without it tests print that they did not ask it. */
export const HAS_PROMTOOL = spawnSync("promtool", ["--version"]).status === 0;

/** What `promtool ARGUMENTS` says against `input`; empty when it has nothing against it. */
export function promtool(args: readonly string[], input = ""): string {
  if (!HAS_PROMTOOL) {
    console.log(`Not asked: promtool ${args.join(" ")} (it is not installed; Debian has it in the package prometheus)`);
    return "";
  }
  const { status, stdout, stderr } = spawnSync("promtool", [...args], { input, encoding: "utf8" });
  return status === 0 && stderr === "" ? "" : `${stdout}${stderr}` || `status ${status}`;
}
