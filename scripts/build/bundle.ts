import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, join } from "node:path";
import { build as runBuild, type Metafile, type Plugin } from "esbuild";
import { compilePrograms } from "./compile.ts";
import { writeStamp } from "./freshness.ts";
import { type Files, mergeStart } from "./merge-start.ts";
import type { BundlePlan } from "./plan.ts";
import { asGuestScript, asScript } from "./start-script.ts";

// A command that runs for weeks may still load a chunk of the build it was started from.
const KEEP_OLD_CHUNKS_MS = 24 * 60 * 60 * 1_000;

/** Bundles by `plan`, writes what changed, and stamps it. */
export async function bundle(plan: BundlePlan): Promise<{ files: number; bytes: number; metafile: Metafile }> {
  const startedAtMs = Date.now();
  const { outputFiles, metafile } = await runBuild({
    absWorkingDir: plan.root,
    entryPoints: { ...plan.entries },
    outdir: plan.outFolder,
    chunkNames: "chunk-[hash]",
    external: [...plan.external],
    bundle: true,
    splitting: plan.isOneFileEach !== true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Told to code that must know where it lies: the bundle carries its own SDK beside it.
    define: { BERTH_BUNDLED: "true" },
    // Half the bytes to read and compile at each start; names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: "linked",
    // The sources are on the disk anyway; the map names them.
    sourcesContent: false,
    legalComments: "linked",
    logLevel: "silent",
    metafile: true,
    write: false,
    plugins: [builtins(plan.isOneFileEach !== true), leaving(plan.elsewhere ?? {})],
  });
  const outFolder = join(plan.root, plan.outFolder);
  mkdirSync(outFolder, { recursive: true });
  const files = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
  if (plan.startOf !== undefined) {
    const entry = `${plan.startOf}.js`;
    const merged = await mergeStart({ outputFiles, metafile }, entry);
    const start = plan.startBy === undefined ? merged : await asScript(merged, entry, plan.startBy);
    for (const [name, text] of start) files.set(name, text);
  }
  for (const guest of plan.scripts ?? []) {
    const made = await asGuestScript(files, `${guest}.js`);
    files.delete(`${guest}.js.map`);
    for (const [name, text] of made) files.set(name, text);
  }
  const copies = Object.entries(plan.copies ?? {});
  for (const [name, source] of copies) files.set(name, readFileSync(join(plan.root, source), "utf8"));
  writeFiles(outFolder, files, Object.keys(plan.entries));
  for (const problem of compilePrograms(plan)) console.error(problem);
  removeOldChunks(outFolder, new Set(files.keys()));
  writeStamp(
    plan,
    [
      ...Object.keys(metafile.inputs),
      ...copies.map(([, source]) => source),
      ...Object.values(plan.programs ?? {}),
    ].filter((file) => existsSync(join(plan.root, file))),
    startedAtMs,
  );
  return {
    files: files.size,
    bytes: [...files.values()].reduce((sum, text) => sum + text.length, 0),
    metafile,
  };
}

/** Leaves imports that another bundle answers. */
function leaving(elsewhere: Readonly<Record<string, string>>): Plugin {
  return {
    name: "elsewhere",
    setup(build) {
      for (const [file, path] of Object.entries(elsewhere)) {
        build.onResolve({ filter: new RegExp(`/${RegExp.escape(file)}$`) }, () => ({ path, external: true }));
      }
    },
  };
}

const BUILTIN = "builtin";

/**
 * Builtins come from `process.getBuiltinModule`. CommonJS packages `require` them, which an ES module cannot; and an ES `import`
 * reads every lazy getter of the builtin, which loads much of Node: `node:util` alone costs the start 5 ms. So imported builtins
 * become modules whose exports are read one by one, and only those that somebody uses.
 */
const builtins = (isShared: boolean): Plugin => ({
  name: BUILTIN,
  setup(build) {
    const names = builtinModules.map((name) => RegExp.escape(name)).join("|");
    build.onResolve({ filter: new RegExp(`^(?:node:)?(?:${names})$`) }, ({ path, kind }) => {
      if (kind === "entry-point") return undefined;
      return {
        path,
        namespace: BUILTIN,
        pluginData: { isRequired: kind === "require-call" },
        suffix: kind === "require-call" ? "?required" : "",
      };
    });
    build.onLoad({ filter: /.*/, namespace: BUILTIN }, ({ path, pluginData }) => {
      const { isRequired } = pluginData as { isRequired: boolean };
      const contents = isRequired ? `module.exports = ${builtin(path)};` : importedBuiltin(path, isShared);
      return { contents, loader: "js" };
    });
  },
});

const builtin = (name: string): string => `process.getBuiltinModule(${JSON.stringify(name)})`;

// These take the longest to load of those that most starts do not use at all.
const LOADED_BY_FIRST_CALL = new Set([
  "node:crypto",
  "node:fs/promises",
  "node:module",
  "node:net",
  "node:os",
  "node:perf_hooks",
  "node:timers/promises",
  "node:v8",
]);

// Functions of builtins that are loaded anyway, from a part of them that is not.
const LATE_FUNCTIONS = new Set(["node:fs.opendirSync"]);

/**
 * A call that is marked pure is left out where nobody uses its result; a plain property access is not. The `constants` of a builtin that
 * is loaded late are read late too: what one file of a bundle reads at once, every start that shares the builtin reads.
 */
function importedBuiltin(name: string, isShared: boolean): string {
  const properties = Object.entries(process.getBuiltinModule(name) as Record<string, unknown>);
  const exported = properties.filter(([key]) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default");
  const reader = (key: string, value: unknown): "late" | "lateTable" | "read" => {
    if (LATE_FUNCTIONS.has(`${name}.${key}`)) return "late";
    if (!LOADED_BY_FIRST_CALL.has(name)) return "read";
    if (key === "constants") return "lateTable";
    return typeof value === "function" && !isClass(value) ? "late" : "read";
  };
  return [
    `const read = (key) => ${builtin(name)}[key];`,
    `const late = (key) => (...args) => ${builtin(name)}[key](...args);`,
    `const lateTable = (key, names) => Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, { enumerable: true, get: () => ${builtin(name)}[key][name] }])));`,
    ...exported.map(([key, value]) => {
      const kind = reader(key, value);
      const names = kind === "lateTable" ? `, ${JSON.stringify(Object.keys(value as object))}` : "";
      return `const value_${key} = /* @__PURE__ */ ${kind}("${key}"${names});`;
    }),
    ...exported.map(([key]) => `export { value_${key} as ${key} };`),
    `export default /* @__PURE__ */ ${defaultOf(name, isShared)};`,
  ].join("\n");
}

/** What is replaced in a builtin, as guests do it, is replaced in the builtin itself; they share nothing, so theirs need not be late. */
function defaultOf(name: string, isShared: boolean): string {
  if (!isShared || !LOADED_BY_FIRST_CALL.has(name)) return `((name) => process.getBuiltinModule(name))("${name}")`;
  return `((name) => new Proxy({}, { get: (_, key) => process.getBuiltinModule(name)[key], has: (_, key) => key in process.getBuiltinModule(name) }))("${name}")`;
}

function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value)) || Object.keys(value.prototype ?? {}).length > 0;
}

/** Chunks before the entries that name them, each whole or not at all: another process may be starting from them. */
function writeFiles(folder: string, files: Files, entries: readonly string[]): void {
  const isEntry = (name: string): boolean => entries.includes(basename(name, ".js"));
  const names = [...files.keys()];
  for (const name of [...names.filter((one) => !isEntry(one)), ...names.filter(isEntry)]) {
    const path = join(folder, name);
    if (existsSync(path) && readFileSync(path, "utf8") === files.get(name)) continue;
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, files.get(name)!);
    renameSync(draft, path);
  }
}

function removeOldChunks(folder: string, current: ReadonlySet<string>): void {
  for (const name of readdirSync(folder).filter(
    (entry) => /\.(?:c?js|map|txt|tmp)$/.test(entry) && !current.has(entry),
  )) {
    const path = join(folder, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (ageMs > KEEP_OLD_CHUNKS_MS) rmSync(path, { force: true });
  }
}
