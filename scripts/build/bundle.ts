import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, join } from "node:path";
import { build as runBuild, type Metafile, type OutputFile, type Plugin } from "esbuild";
import { writeStamp } from "./freshness.ts";
import type { BundlePlan } from "./plan.ts";
import { takenNames } from "./taken-names.ts";

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
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Told to code that must know where it lies: the bundle carries its own SDK beside it.
    define: { BERTH_BUNDLED: "true" },
    sourcemap: "linked",
    // The sources are on the disk anyway; the map names them.
    sourcesContent: false,
    legalComments: "linked",
    logLevel: "silent",
    metafile: true,
    write: false,
    plugins: [requiredBuiltins, takenNames],
  });
  const outFolder = join(plan.root, plan.outFolder);
  mkdirSync(outFolder, { recursive: true });
  writeOutputs(outputFiles, Object.keys(plan.entries));
  removeOldChunks(outFolder, new Set(outputFiles.map((file) => basename(file.path))));
  writeStamp(
    plan,
    Object.keys(metafile.inputs).filter((file) => existsSync(join(plan.root, file))),
    startedAtMs,
  );
  return {
    files: outputFiles.length,
    bytes: outputFiles.reduce((sum, file) => sum + file.contents.length, 0),
    metafile,
  };
}

const BUILTIN = "required-builtin";

/**
 * CommonJS packages `require` builtins, which an ES module cannot. Each becomes a small module that fetches its builtin, when the
 * package first asks for it.
 */
const requiredBuiltins: Plugin = {
  name: BUILTIN,
  setup(build) {
    const names = builtinModules.map((name) => RegExp.escape(name)).join("|");
    build.onResolve({ filter: new RegExp(`^(?:node:)?(?:${names})$`) }, ({ path, kind }) =>
      kind === "entry-point" ? undefined : { path, namespace: BUILTIN },
    );
    build.onLoad({ filter: /.*/, namespace: BUILTIN }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/** Chunks before the entries that name them, each whole or not at all: another process may be starting from them. */
function writeOutputs(files: readonly OutputFile[], entries: readonly string[]): void {
  const isEntry = (file: OutputFile): boolean => entries.some((name) => basename(file.path) === `${name}.js`);
  for (const file of [...files.filter((one) => !isEntry(one)), ...files.filter(isEntry)]) {
    const isUnchanged = basename(file.path).startsWith("chunk-") && existsSync(file.path);
    if (isUnchanged) continue;
    const draft = `${file.path}.${process.pid}.tmp`;
    writeFileSync(draft, file.contents);
    renameSync(draft, file.path);
  }
}

function removeOldChunks(folder: string, current: ReadonlySet<string>): void {
  for (const name of readdirSync(folder).filter(
    (entry) => /\.(?:js|map|txt|tmp)$/.test(entry) && !current.has(entry),
  )) {
    const path = join(folder, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (ageMs > KEEP_OLD_CHUNKS_MS) rmSync(path, { force: true });
  }
}
