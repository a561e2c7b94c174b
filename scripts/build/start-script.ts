import { createHash } from "node:crypto";
import { basename } from "node:path";
import { build as runBuild } from "esbuild";
import type { Files } from "./merge-start.ts";

/** The end of a module as esbuild writes it. */
const END = /export\{([^{}]*)\};\n\/\/# sourceMappingURL=\S*\n?$/;

/** What only a module can say; the stub says it for the script. */
const OWN_URL = /\bimport\.meta\.url\b/g;
const OWN_IMPORT = /\bimport\((?="\.)/g;
const OTHERS = /\bimport\b *[(.]/;

/**
 * Makes the module `entry` a script and a stub, which runs the script and exports what it returns: see `run-script.ts` for why. What is
 * exported is read once, so nothing of it may be given another value later.
 *
 * @param start the export whose call is the start.
 */
export async function asScript(files: Files, entry: string, start: string): Promise<Files> {
  const { body, names } = scriptBody(files, entry, OWN_IMPORT);
  const script = `(typeof module==="object"?module:{}).exports=${asFunction(body, names)}\n`;
  const name = `start-${digest(script)}.cjs`;
  const stub = `import { runScript } from "./run-script.ts";
export const { ${exportedOf(names)} } = runScript({
  url: import.meta.url, load: (path) => import(path), ...${JSON.stringify({ name, start })} });`;
  return withScript(files, { entry, name, script, stub });
}

/** Any module: a guest imports a plugin's code. */
const ANY_IMPORT = /\bimport\(/g;

/** The same for a guest, whose code the host keeps: see `run-guest.ts`. */
export async function asGuestScript(files: Files, entry: string): Promise<Files> {
  const { body, names } = scriptBody(files, entry, ANY_IMPORT);
  const script = `${asFunction(body, names)}\n`;
  // Told by its content: what is kept of one script must not be taken for another.
  const name = `${basename(entry, ".js")}-${digest(script)}.cjs`;
  const stub = `import { runGuest } from "./run-guest.ts";
export const { ${exportedOf(names)} } = runGuest(import.meta.url, ${JSON.stringify(name)}, (path) => import(path));`;
  return withScript(files, { entry, name, script, stub });
}

type Names = readonly [own: string, exported: string][];

function scriptBody(files: Files, entry: string, imports: RegExp): { body: string; names: Names } {
  const module = files.get(entry)!;
  const end = END.exec(module);
  const body = module.slice(0, end?.index).replace(OWN_URL, "__url").replace(imports, "__import(");
  // The script is read byte by byte, which is quicker than as UTF-8; esbuild escapes what is not ASCII.
  // oxlint-disable-next-line no-control-regex -- this is what ASCII is
  if (!end || OTHERS.test(body) || !/^[\0-\x7f]*$/.test(body)) {
    throw new Error(
      `Cannot make a script of ${entry}: it uses more of modules than exports, import.meta.url and import("./…")`,
    );
  }
  const names = end[1]!.split(",").map((one) => one.split(" as ") as [own: string, exported?: string]);
  return { body, names: names.map(([own, exported = own]) => [own, exported]) };
}

function asFunction(body: string, names: Names): string {
  const returned = names.map(([own, exported]) => (own === exported ? own : `${exported}:${own}`));
  return `(function(__url,__import){"use strict";\n${body}return{${returned.join(",")}}})`;
}

function exportedOf(names: Names): string {
  return names.map(([, exported]) => exported).join(", ");
}

function digest(script: string): string {
  return createHash("sha256").update(script).digest("hex").slice(0, 16);
}

interface ScriptAndStub {
  entry: string;
  name: string;
  script: string;
  stub: string;
}

async function withScript(files: Files, { entry, name, script, stub }: ScriptAndStub): Promise<Files> {
  const { outputFiles } = await runBuild({
    stdin: { contents: stub, resolveDir: import.meta.dirname },
    bundle: true,
    format: "esm",
    platform: "node",
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "silent",
    write: false,
  });
  const rest = [...files].filter(([file]) => file !== entry && file !== `${entry}.map`);
  return new Map([
    ...rest,
    [entry, outputFiles[0]!.text],
    [name, `${script}//# sourceMappingURL=${name}.map\n`],
    [`${name}.map`, oneLineLater(files.get(`${entry}.map`)!)],
  ]);
}

function oneLineLater(map: string): string {
  const parsed = JSON.parse(map) as { mappings: string };
  return JSON.stringify({ ...parsed, mappings: `;${parsed.mappings}` });
}
