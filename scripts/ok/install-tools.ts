import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "./run-command.ts";

/** A program that some tests run, and the Debian package that brings it. */
export interface Tool {
  program: string;
  debianPackage: string;
  /** What is tested with it. */
  neededFor: string;
}

const TOOLS: readonly Tool[] = [
  { program: "bwrap", debianPackage: "bubblewrap", neededFor: "the sandbox of plugins" },
  { program: "python3", debianPackage: "python3", neededFor: "the plugin written in Python" },
  { program: "cc", debianPackage: "gcc", neededFor: "the plugin written in C" },
  { program: "promtool", debianPackage: "prometheus", neededFor: "what Prometheus is told" },
  { program: "podman", debianPackage: "podman", neededFor: "commands in containers" },
  { program: "runc", debianPackage: "runc", neededFor: "commands in containers" },
  { program: "busybox", debianPackage: "busybox-static", neededFor: "commands in containers" },
  { program: "minisign", debianPackage: "minisign", neededFor: "signatures that another program made" },
];

/** The tools that are not on the path. */
export function missingTools(path = process.env["PATH"] ?? "", tools: readonly Tool[] = TOOLS): Tool[] {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return tools.filter(({ program }) => !folders.some((folder) => existsSync(join(folder, program))));
}

/** Installs what is missing where that is allowed; elsewhere says what will be skipped. Linux only: other systems have no sandbox yet. */
export async function installTools(missing = missingTools()): Promise<void> {
  if (missing.length === 0 || process.platform !== "linux") return;
  const names = missing.map(({ debianPackage }) => debianPackage);
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log(`Installing ${names.join(", ")}`);
    await runCommand(["apt-get", "update", "-qq"]);
    // A C compiler without the C library's headers compiles nothing.
    const packages = names.includes("gcc") ? [...names, "libc6-dev"] : names;
    const { isOk, output } = await runCommand([
      "apt-get",
      "install",
      "-y",
      "-qq",
      "--no-install-recommends",
      ...packages,
    ]);
    if (!isOk) console.error(output.trimEnd());
  }
  for (const { program, neededFor } of missingTools(undefined, missing)) {
    console.log(`There is no ${program}: tests of ${neededFor} are skipped`);
  }
}
