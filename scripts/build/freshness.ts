import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerPrint } from "./compile.ts";
import type { BundlePlan } from "./plan.ts";

const STAMP = ".stamp.json";

/** Stands among the files. */
const COMPILER = "the C compiler";

/** What decides the bundle beside its sources: the dependencies, as asked for and as installed, and the build itself. */
const ALWAYS_INPUTS = [
  "package-lock.json",
  "node_modules/.package-lock.json",
  "scripts/build/bundle.ts",
  "scripts/build/compile.ts",
  "scripts/build/plan.ts",
  "scripts/build/merge-start.ts",
  "scripts/build/run-script.ts",
  "scripts/build/start-script.ts",
];

type Fingerprint = Record<string, string>;

/** Whether the last bundle was made of the files as they are now. Costs a `stat` a file. */
export function isFresh(plan: BundlePlan): boolean {
  const stamp = readStamp(plan);
  if (!stamp || !Object.keys(plan.entries).every((name) => existsSync(join(plan.root, plan.outFolder, `${name}.js`)))) {
    return false;
  }
  return Object.entries(stamp).every(([file, print]) => printOf(plan, file) === print);
}

/** Records the files that a bundle begun at `startedAtMs` was made of; one that changed meanwhile counts as changed. */
export function writeStamp(plan: BundlePlan, inputs: readonly string[], startedAtMs: number): void {
  // Packages in node_modules change with the lock files only.
  const own = inputs.filter((file) => !file.includes("node_modules/"));
  const stamp: Fingerprint = {};
  for (const file of [...own, ...ALWAYS_INPUTS]) {
    const isSettled = (statSync(join(plan.root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0) < startedAtMs;
    stamp[file] = isSettled ? fingerprint(plan.root, file) : "changed during the build";
  }
  if (plan.programs) stamp[COMPILER] = compilerPrint();
  writeFileSync(join(plan.root, plan.outFolder, STAMP), JSON.stringify(stamp));
}

function readStamp(plan: BundlePlan): Fingerprint | undefined {
  try {
    return JSON.parse(readFileSync(join(plan.root, plan.outFolder, STAMP), "utf8")) as Fingerprint;
  } catch {
    return undefined; // None yet, or cut off: build.
  }
}

function printOf({ root }: BundlePlan, file: string): string {
  return file === COMPILER ? compilerPrint() : fingerprint(root, file);
}

/** Time and size, not time alone: an older file put back has an older time. */
function fingerprint(root: string, file: string): string {
  const stats = statSync(join(root, file), { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size}` : "absent";
}
