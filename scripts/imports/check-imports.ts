import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, normalize } from "node:path";
import { findCycles } from "./find-cycles.ts";
import { SCOPE } from "./rules.ts";
import { type ImportSite, scanImports } from "./scan-imports.ts";
import { isTestFile, type PackageManifest, readManifest, readUnits, type Unit } from "./workspace.ts";

/** What the check saw. `problems` is empty when the rules are kept. */
export interface ImportReport {
  problems: string[];
  units: number;
  files: number;
  imports: number;
}

/**
 * Checks every import under `root` against the rules (rules.ts), against the `exports` of the package
 * imported and the dependencies its importer declares, and refuses cycles between files.
 */
export function checkImports(root: string): ImportReport {
  const units = readUnits(root);
  const context: Context = { root, units, rootManifest: readManifest(root), problems: [], edges: new Map() };
  let imports = 0;
  for (const unit of units) {
    checkUnit(context, unit);
    for (const file of unit.files) imports += checkFile(context, unit, file);
  }
  if (imports === 0) context.problems.push(`found no imports to check under ${root}: is this the repository's root?`);
  for (const cycle of findCycles(context.edges)) {
    context.problems.push(`${cycle[0]} imports itself in a circle: ${[...cycle, cycle[0]].join(" → ")}`);
  }
  const files = units.reduce((sum, unit) => sum + unit.files.length, 0);
  return { problems: context.problems, units: units.length, files, imports };
}

interface Context {
  root: string;
  units: Unit[];
  rootManifest: PackageManifest;
  problems: string[];
  /** File to the files it loads with itself. */
  edges: Map<string, string[]>;
}

function checkUnit({ root, problems }: Context, unit: Unit): void {
  if (!unit.rule) problems.push(`${unit.folder}: no rule names it; add it to scripts/imports/rules.ts`);
  for (const [subpath, target] of Object.entries(unit.manifest.exports ?? {})) {
    const isBuilt = target.startsWith("./dist/");
    if (!isBuilt && !existsSync(join(root, unit.folder, target))) {
      problems.push(`${unit.folder}/package.json: exports "${subpath}" as ${target}, which does not exist`);
    }
  }
}

function checkFile(context: Context, unit: Unit, file: string): number {
  let sites: ImportSite[];
  try {
    sites = scanImports(readFileSync(join(context.root, file), "utf8"));
  } catch (error) {
    context.problems.push(`${file}: cannot be read: ${(error as Error).message}`);
    return 0;
  }
  for (const site of sites) {
    const problem = checkSite(context, unit, file, site);
    if (problem) context.problems.push(`${file}:${site.line} ${problem}`);
  }
  return sites.length;
}

const COMPONENT_SCHEME = "berth:plugin";

/** The sentence what is wrong with one import, if anything is. */
function checkSite(context: Context, unit: Unit, file: string, site: ImportSite): string | undefined {
  const { specifier } = site;
  const isConfined = unit.rule?.isConfined === true && !isTestFile(file);
  if (specifier === undefined) {
    return isConfined && site.kind === "dynamic" ? "computes what it imports: a plugin names its modules" : undefined;
  }
  if (specifier.startsWith(".")) return checkRelative(context, unit, file, site, specifier);
  if (isBuiltin(specifier)) {
    if (isConfined) return `imports ${specifier}: a plugin reaches the world only through its context`;
    return specifier.startsWith("node:") ? undefined : `imports ${specifier}: write node:${specifier}`;
  }
  // What a WebAssembly component imports, and what its build puts in.
  if (specifier.startsWith(COMPONENT_SCHEME)) return undefined;
  const name = packageName(specifier);
  if (name.startsWith(SCOPE)) return checkOwnPackage(context, unit, file, site, specifier);
  if (isConfined) return `imports ${name}: a plugin imports nothing but ${SCOPE}sdk`;
  return checkDeclared(context, unit, file, site, name);
}

function checkRelative(
  context: Context,
  unit: Unit,
  file: string,
  site: ImportSite,
  specifier: string,
): string | undefined {
  const target = normalize(join(dirname(file), specifier)).replaceAll("\\", "/");
  if (!target.startsWith(`${unit.folder}/`)) return `imports ${specifier}, which lies outside ${unit.folder}`;
  const owner = context.units.find((other) => other !== unit && target.startsWith(`${other.folder}/`));
  if (owner && owner.folder.length > unit.folder.length)
    return `imports ${specifier}, which belongs to ${owner.folder}`;
  // What a build makes is there only after it.
  if (target.includes("/dist/")) return undefined;
  if (!existsSync(join(context.root, target))) return `imports ${specifier}, which does not exist`;
  addEdge(context, file, target, site);
  return undefined;
}

function checkOwnPackage(
  context: Context,
  unit: Unit,
  file: string,
  site: ImportSite,
  specifier: string,
): string | undefined {
  const name = packageName(specifier);
  // Where a file of one's own lies is asked by the package's name: that works from a bundle, too.
  if (name === unit.manifest.name && site.kind !== "resolve") {
    return `imports ${specifier}, its own package: use a relative path`;
  }
  const target = context.units.find((other) => other.manifest.name === name);
  if (!target) return `imports ${specifier}, but no folder here is the package ${name}`;
  if (!isAllowed(unit, file, target)) {
    const allowed = unit.rule?.mayImport.map((short) => (short === "apps" ? "apps" : SCOPE + short)).join(", ");
    return `imports ${specifier}: ${unit.ruleName} may import only ${allowed || "nothing"}`;
  }
  const subpath = `.${specifier.slice(name.length)}`;
  const exported = target.manifest.exports?.[subpath];
  if (exported === undefined) {
    return `imports ${specifier}, but ${name} exports only ${Object.keys(target.manifest.exports ?? {}).join(", ")}`;
  }
  addEdge(context, file, normalize(join(target.folder, exported)), site);
  if (target === unit) return undefined;
  return checkDeclared(context, unit, file, site, name);
}

function isAllowed(unit: Unit, file: string, target: Unit): boolean {
  const allowed = [...(unit.rule?.mayImport ?? []), ...(isTestFile(file) ? (unit.rule?.testsMayImport ?? []) : [])];
  return target === unit || allowed.includes(target.ruleName);
}

function checkDeclared(context: Context, unit: Unit, file: string, site: ImportSite, name: string): string | undefined {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = unit.manifest;
  const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  // Types vanish, tests are not shipped: for both a development dependency will do.
  const mayBeDev = site.kind === "type" || isTestFile(file);
  if (mayBeDev) Object.assign(declared, devDependencies, context.rootManifest.devDependencies);
  // Code without a package.json of its own belongs to the root, which links every package of the workspace.
  if (unit.manifest.name === undefined && name.startsWith(SCOPE)) return undefined;
  if (unit.manifest.name === undefined || unit.group === "bench") {
    Object.assign(declared, context.rootManifest.devDependencies);
  }
  if (isTestFile(file) && name.startsWith(SCOPE)) return undefined;
  return name in declared ? undefined : `imports ${name}, which ${unit.folder}/package.json does not declare`;
}

function addEdge(context: Context, file: string, target: string, site: ImportSite): void {
  if (site.kind !== "static") return;
  context.edges.set(file, [...(context.edges.get(file) ?? []), target]);
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
