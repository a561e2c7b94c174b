import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { GROUP_RULES, type ImportRule, PACKAGE_RULES, PLACES, SKIPPED_FOLDERS } from "./rules.ts";

/** A folder of code that one rule governs. */
export interface Unit {
  /** From the root, such as `packages/kernel`. */
  folder: string;
  group: (typeof PLACES)[number]["group"];
  /** What rules call it: the package's short name, or its group. */
  ruleName: string;
  /** `undefined` when the rules do not name it. */
  rule: ImportRule | undefined;
  manifest: PackageManifest;
  /** Source files, from the root. */
  files: string[];
}

/** The parts of `package.json` that are looked at. */
export interface PackageManifest {
  name?: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** All units under `root` that have source files. */
export function readUnits(root: string): Unit[] {
  const taken = new Set<string>();
  const units = PLACES.flatMap(({ folder, group }) =>
    foldersOf(root, folder).map((path) => readUnit(root, path, group, taken)),
  );
  return units.filter((unit) => unit.files.length > 0);
}

export function readManifest(folder: string): PackageManifest {
  const path = join(folder, "package.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as PackageManifest) : {};
}

function readUnit(root: string, folder: string, group: Unit["group"], taken: Set<string>): Unit {
  const files = sourceFiles(root, folder).filter((file) => !taken.has(file));
  for (const file of files) taken.add(file);
  const ruleName = group === "packages" ? basename(folder) : group;
  const rule = group === "packages" ? PACKAGE_RULES[ruleName] : GROUP_RULES[group];
  return { folder, group, ruleName, rule, manifest: readManifest(join(root, folder)), files };
}

function foldersOf(root: string, pattern: string): string[] {
  if (!pattern.endsWith("/*")) return existsSync(join(root, pattern)) ? [pattern] : [];
  const parent = pattern.slice(0, -2);
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name))
    .map((entry) => `${parent}/${entry.name}`)
    .sort();
}

function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : sourceFiles(root, path);
      return entry.isFile() && /\.(?:ts|tsx|mts|js|mjs)$/.test(entry.name) ? [path] : [];
    })
    .sort();
}

export function isTestFile(file: string): boolean {
  return /\.test\.[a-z]+$/.test(file) || file.split("/").includes("test");
}
