import { join } from "node:path";

/** What of esbuild is needed, given by whoever has it: who tests a plugin need not. */
export type Bundle = (options: {
  entryPoints: string[];
  bundle: true;
  platform: "node";
  format: "esm";
  external: string[];
  banner: Record<string, string>;
  outfile: string;
  logLevel: "error";
}) => Promise<unknown>;

/** One file without types: starting it takes a third of the time, and a life that ends early is mostly its start. Answers where it is. */
export async function bundleChanges(folder: string, bundle: Bundle): Promise<string> {
  const outfile = join(folder, "changes.mjs");
  await bundle({
    entryPoints: [join(import.meta.dirname, "changes.child.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    // Native, and for looking into plugins, which this does not.
    external: ["oxc-parser"],
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    outfile,
    logLevel: "error",
  });
  return outfile;
}
