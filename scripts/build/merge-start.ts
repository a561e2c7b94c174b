import { basename } from "node:path";
import { build as runBuild, type Metafile, type OutputFile, type Plugin } from "esbuild";

/** A build in memory. */
export interface Built {
  outputFiles: readonly OutputFile[];
  metafile: Metafile;
}

/** Files by name, to be written beside each other. */
export type Files = ReadonlyMap<string, string>;

/**
 * Puts all that `entry` imports from the start into one file. esbuild makes a chunk for each set of entries that share code, and
 * Node takes more than half a millisecond for each file: sixteen of them cost a start ten times what one does.
 *
 * The merged chunks stay as files that hand on what the one exports, so that nothing else has to know.
 */
export async function mergeStart({ outputFiles, metafile }: Built, entry: string): Promise<Files> {
  const texts = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const chunks = [...staticImports(outputs, entry)].filter((file) => file !== entry);
  const own = (outputs.get(entry)?.exports ?? []).map((name): Name => [name, name]);
  const exported = new Map(chunks.map((file) => [file, namesOf(outputs, file)]));
  const parts = [handOn(own, entry, "in"), ...chunks.map((file) => handOn(exported.get(file)!, file, "in"))];
  const { outputFiles: built } = await runBuild({
    stdin: { contents: parts.join("\n") },
    outdir: ".",
    entryNames: basename(entry, ".js"),
    bundle: true,
    format: "esm",
    platform: "node",
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "silent",
    write: false,
    plugins: [fromMemory(texts)],
  });
  return new Map([
    ...built.map((file) => [basename(file.path), file.text] as const),
    ...chunks.map((file) => [file, `${handOn(exported.get(file)!, entry, "out")}\n`] as const),
  ]);
}

/** A name of one chunk, and the one it has in the merged file, where those of all chunks live together. */
type Name = readonly [own: string, merged: string];

/** Made from the chunk's own name, which tells its content: a process that runs from an older build finds what it looks for. */
function namesOf(outputs: ReadonlyMap<string, Metafile["outputs"][string]>, file: string): Name[] {
  const prefix = basename(file, ".js").replace(/\W/g, "_");
  return (outputs.get(file)?.exports ?? []).map((name) => [name, `${prefix}_${name}`]);
}

function handOn(names: readonly Name[], file: string, direction: "in" | "out"): string {
  if (names.length === 0) return `import ${JSON.stringify(`./${file}`)};`;
  const list = names.map(([own, merged]) => (direction === "in" ? `${own} as ${merged}` : `${merged} as ${own}`));
  return `export { ${list.join(", ")} } from ${JSON.stringify(`./${file}`)};`;
}

function staticImports(
  outputs: ReadonlyMap<string, Metafile["outputs"][string]>,
  file: string,
  seen = new Set<string>(),
): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { path, kind, external } of outputs.get(file)?.imports ?? []) {
    if (kind === "import-statement" && external !== true) staticImports(outputs, basename(path), seen);
  }
  return seen;
}

/** What is imported later stays where it is. The maps of the first build go in, so that the second's lead to the sources. */
function fromMemory(texts: ReadonlyMap<string, string>): Plugin {
  return {
    name: "from-memory",
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path, kind }) =>
        kind === "dynamic-import"
          ? { path, external: true }
          : { path: basename(path), namespace: "memory", sideEffects: true },
      );
      // Packages, and files of another bundle.
      build.onResolve({ filter: /^(?:[^./]|\.\.\/)/ }, ({ path }) => ({ path, external: true }));
      build.onLoad({ filter: /.*/, namespace: "memory" }, ({ path }) => {
        const map = Buffer.from(texts.get(`${path}.map`) ?? "{}").toString("base64");
        const code = (texts.get(path) ?? "").replace(/\/\/# sourceMappingURL=.*$/m, "");
        return { contents: `${code}\n//# sourceMappingURL=data:application/json;base64,${map}`, loader: "js" };
      });
    },
  };
}
