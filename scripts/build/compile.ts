import { spawnSync } from "node:child_process";
import { renameSync, rmSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { BundlePlan } from "./plan.ts";

/** As POSIX has it. */
const COMPILER = "cc";

/** Without the C library's own file, a program runs on every Linux of its processor; not every system has what that takes. */
const LINKINGS = [["-static"], []];

/** Which compiler there is: another one, or the first, may build what the last one could not. */
export function compilerPrint(path = process.env["PATH"] ?? ""): string {
  for (const folder of path.split(delimiter)) {
    const facts = folder === "" ? undefined : statSync(join(folder, COMPILER), { throwIfNoEntry: false });
    if (facts) return `${facts.mtimeMs} ${facts.size}`;
  }
  return "absent";
}

/**
 * Compiles a plan's programs. What uses one has another way without it, so a system without a compiler builds all the same.
 *
 * @returns what the compiler said of each that it could not build.
 */
export function compilePrograms({ root, outFolder, programs = {} }: BundlePlan): string[] {
  if (compilerPrint() === "absent") return [];
  return Object.entries(programs).flatMap(([name, source]) => {
    const problem = compile(join(root, source), join(root, outFolder, name));
    return problem === undefined ? [] : [`Cannot compile ${source}, which is left out: ${problem}`];
  });
}

/** Whole or not at all: another process may be running it. */
function compile(source: string, out: string): string | undefined {
  const draft = `${out}.${process.pid}.tmp`;
  let said = "";
  for (const linking of LINKINGS) {
    const words = ["-O2", "-Wall", "-Wextra", ...linking, "-s", "-o", draft, source];
    const { status, stderr, error } = spawnSync(COMPILER, words, { encoding: "utf8" });
    if (status === 0) {
      renameSync(draft, out);
      return undefined;
    }
    said = error?.message ?? stderr.trim();
  }
  rmSync(draft, { force: true });
  return said;
}
